import FoundationEssentials
import OnnxProto

/// The files beside a model that hold constants too large for it.
///
/// See [External Data](https://onnx.ai/onnx/repo-docs/ExternalData.html). A location is a path relative to the model's
/// folder. What leads out of that folder is refused, for a network from elsewhere must not read its user's other
/// files. `checksum` is not checked.
struct ExternalData {
  /// The folder of the model, as the caller named it.
  private let folder: String
  /// Paths of the files opened so far, in order of first use.
  private(set) var files: [String] = []
  private var mapped: [String: Data] = [:]

  init(besideModelAt path: String) {
    folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// The bytes that `entries` point to: a slice, with indices of its own.
  ///
  /// - Parameter expected: How many bytes the tensor needs, not negative.
  mutating func bytes(
    _ entries: [OnnxStringStringEntryProto], expected: Int
  ) throws(ExternalDataFault) -> Data {
    guard let location = entries.last(where: { $0.key == "location" })?.value, !location.isEmpty else {
      throw .noLocation
    }
    let offset = try number("offset", in: entries) ?? 0
    let length = try number("length", in: entries) ?? expected
    guard length == expected else { throw .length(expected: expected, found: length) }
    let file = try file(at: location)
    let (end, overflow) = offset.addingReportingOverflow(length)
    guard !overflow, end <= file.count else {
      throw .bounds(location: location, offset: offset, length: length, size: file.count)
    }
    return file[file.startIndex + offset..<file.startIndex + end]
  }

  private func number(_ key: String, in entries: [OnnxStringStringEntryProto]) throws(ExternalDataFault) -> Int? {
    guard let text = entries.last(where: { $0.key == key })?.value else { return nil }
    guard let number = Int(text), number >= 0 else { throw .number(key: key, value: text) }
    return number
  }

  private mutating func file(at location: String) throws(ExternalDataFault) -> Data {
    let escapes = location.split(separator: "/").contains("..")
    // The system would take a zero byte for the path's end.
    guard !location.hasPrefix("/"), !escapes, !location.utf8.contains(0) else { throw .outside(location) }
    let root = try attempt(location) { () throws(FileFault) in try resolvedPath(folder.isEmpty ? "." : folder) }
    let path = try attempt(location) { () throws(FileFault) in try resolvedPath(folder + location) }
    guard path.hasPrefix(root == "/" ? root : root + "/") else { throw .outside(location) }
    if let data = mapped[path] { return data }
    let data = try attempt(location) { () throws(FileFault) in try mappedFile(at: path) }
    mapped[path] = data
    files.append(folder + location)
    return data
  }
}

/// What `body` returns, its faults worded as those of the external data at `location`.
private func attempt<Result>(
  _ location: String, _ body: () throws(FileFault) -> Result
) throws(ExternalDataFault) -> Result {
  do throws(FileFault) {
    return try body()
  } catch {
    switch error {
    case .missing: throw .missing(location)
    case .folder: throw .unreadable(location, "a folder")
    case .unreadable(let reason): throw .unreadable(location, reason)
    }
  }
}
