import CalibrationData
import Executor
import Foundation
import ONNX
import Synchronization
import TensorCore

/// The outputs of every precision on disk, as a user's metric reads them.
///
/// Outputs are written as samples are done, in any order, so that memory does not grow with their number; they are put
/// in the order of the samples at the end.
final class OutputSpool: Sendable {
  let precisions: [String]
  private let outputs: [String]
  private let scratch: ScratchFolder
  private let state: Mutex<State>

  /// The outputs of one sample: where they begin in their file, and what they are.
  private struct Entry {
    let sample: Sample
    var places: [[(offset: UInt64, type: TensorType)]] = []
  }

  private struct State {
    var entries: [Entry] = []
    /// By precision and output.
    var files: [[FileHandle]]
    var sizes: [[UInt64]]
  }

  /// - Parameter outputs: The names of the network's outputs.
  init(precisions: [String], outputs: [String]) throws(PipelineError) {
    self.precisions = precisions
    self.outputs = outputs
    let folder = try ScratchFolder()
    scratch = folder
    let files = try precisions.indices.map { precision throws(PipelineError) in
      try outputs.indices.map { output throws(PipelineError) in try Self.open("\(folder.path)/\(precision)-\(output)") }
    }
    state = Mutex(State(files: files, sizes: files.map { $0.map { _ in 0 } }))
  }

  /// Keeps what all precisions say of one sample. Several workers may call at once.
  ///
  /// - Parameter tensors: By precision and output.
  func append(_ tensors: [[Tensor]], sample: Sample) throws(PipelineError) {
    let done = state.withLock { state -> Bool in
      var entry = Entry(sample: sample)
      for (precision, own) in tensors.enumerated() {
        entry.places.append([])
        for (output, tensor) in own.enumerated() {
          let tensor = Self.stored(tensor)
          let bytes = unsafe Data(bytes: tensor.base, count: tensor.type.byteCount)
          guard (try? state.files[precision][output].write(contentsOf: bytes)) != nil else { return false }
          entry.places[precision].append((state.sizes[precision][output], tensor.type))
          state.sizes[precision][output] += UInt64(bytes.count)
        }
      }
      state.entries.append(entry)
      return true
    }
    if !done { throw Self.noRoom(scratch.path) }
  }

  /// The tensor in memory of its own.
  static func copy(_ tensor: Tensor) -> Tensor {
    let copy = Tensor(uninitialized: tensor.type)
    unsafe copy.base.copyMemory(from: tensor.base, byteCount: tensor.type.byteCount)
    return copy
  }

  /// NumPy knows no bfloat16; every one of its values is a float32.
  private static func stored(_ tensor: Tensor) -> Tensor {
    guard tensor.elementType == .bfloat16, let values = tensor.floats else { return tensor }
    return Tensor(values, shape: tensor.shape)
  }

  /// Makes the folder of one precision: `NAME.npy` for each output, and `samples.csv`, both in the order of the samples.
  ///
  /// An output is `[N, …]` where all samples' have one shape, a batch axis of 1 left out; else `NAME` is a folder with a
  /// file for each sample, `000000.npy`.
  func folder(_ precision: Int) throws(PipelineError) -> String {
    let path = "\(scratch.path)/\(precisions[precision])"
    let entries = state.withLock { $0.entries }.sorted { $0.sample.rank < $1.sample.rank }
    var names = FileNames(taken: ["samples"])
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      for (output, name) in outputs.enumerated() {
        let source = try FileHandle(forReadingFrom: URL(filePath: "\(scratch.path)/\(precision)-\(output)"))
        let parts = entries.map { $0.places[precision][output] }
        try write(parts, from: source, to: "\(path)/\(names.name(for: name))")
        try source.close()
      }
      try Data(Self.table(entries.map(\.sample)).utf8).write(to: URL(filePath: "\(path)/samples.csv"))
    } catch {
      throw Self.noRoom(path)
    }
    return path
  }

  private func write(_ parts: [(offset: UInt64, type: TensorType)], from source: FileHandle, to stem: String) throws {
    if let type = parts.first?.type, parts.allSatisfy({ $0.type == type }) {
      let extents = type.shape.dimensions
      let own = extents.first == 1 ? Array(extents.dropFirst()) : extents
      let all = TensorType(Shape([parts.count] + own), type.elementType)
      try copy(parts, as: all, from: source, to: stem + ".npy")
      return
    }
    try FileManager.default.createDirectory(atPath: stem, withIntermediateDirectories: true)
    for (index, part) in parts.enumerated() {
      let number = String(repeating: "0", count: max(0, 6 - "\(index)".count)) + "\(index)"
      try copy([part], as: part.type, from: source, to: "\(stem)/\(number).npy")
    }
  }

  private func copy(
    _ parts: [(offset: UInt64, type: TensorType)], as type: TensorType, from source: FileHandle, to path: String
  ) throws {
    let target = try Self.open(path)
    try target.write(contentsOf: NPYWriter.header(type, place: path))
    for part in parts {
      try source.seek(toOffset: part.offset)
      try target.write(contentsOf: source.read(upToCount: part.type.byteCount) ?? Data())
    }
    try target.close()
  }

  private static func open(_ path: String) throws(PipelineError) -> FileHandle {
    guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
    else { throw noRoom(path) }
    return file
  }

  private static func noRoom(_ path: String) -> PipelineError {
    PipelineError(
      .cannotWrite, "\(path): expected room for the outputs, found that they cannot be written; set TMPDIR")
  }

  /// `file`, `label` and the slice columns.
  private static func table(_ samples: [Sample]) -> String {
    func row(_ fields: [String]) -> String {
      fields.map { field in
        field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
          ? "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : field
      }.joined(separator: ",") + "\n"
    }
    return row(["file", "label"] + (samples.first?.slices.map(\.column) ?? []))
      + samples.map { sample in
        row([sample.identifier, sample.label.map(String.init) ?? sample.labelText ?? ""] + sample.slices.map(\.value))
      }.joined()
  }
}
