import Foundation
import TensorCore

/// Finds out before the work whether its results can be written, each to a file of its own, and none over what is read.
enum OutputCheck {
  /// - Parameters:
  ///   - outputs: The files that will be written. Devices and pipes may be named as often as one likes.
  ///   - inputs: The files and folders that are read; nil for one that is not given.
  /// - Throws: ``PipelineError`` with the code for a file that cannot be written, or for wrong usage. Nothing is left
  ///   behind.
  static func check(_ outputs: [String], besides inputs: [String?] = []) throws(PipelineError) {
    let read = Set(inputs.compactMap(\.self).map(identity))
    var written: Set<String> = []
    for path in outputs {
      do {
        // The temporary file goes away again with the value.
        _ = try AtomicFile(path: path)
      } catch {
        throw PipelineError(error)
      }
      guard isFile(path) else { continue }
      let place = identity(path)
      if read.contains(place) {
        throw PipelineError(
          .usage,
          "\(path): expected another file for the output than those that are read, found one of them; choose another name"
        )
      }
      guard written.insert(place).inserted else {
        throw PipelineError(
          .usage, "\(path): expected a file of its own for each output, found it named twice; choose another name")
      }
    }
  }

  /// The same for all ways to write one path.
  private static func identity(_ path: String) -> String {
    let url = URL(filePath: path)
    // What does not exist yet is resolved by its folder.
    let folder = url.deletingLastPathComponent().resolvingSymlinksInPath().standardizedFileURL
    return FileManager.default.fileExists(atPath: path)
      ? url.resolvingSymlinksInPath().standardizedFileURL.path : folder.appending(path: url.lastPathComponent).path
  }

  private static func isFile(_ path: String) -> Bool {
    let target = URL(filePath: path).resolvingSymlinksInPath().path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: target) else { return true }
    return attributes[.type] as? FileAttributeType == .typeRegular
  }
}
