import Foundation

/// A folder for files that nobody is to see, removed with all in it when the value is let go.
final class ScratchFolder: Sendable {
  let path: String

  init() throws(PipelineError) {
    path = FileManager.default.temporaryDirectory.path + "/qtool-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw PipelineError(
        .cannotWrite, "\(path): expected a folder for temporary files, found that none can be made; set TMPDIR")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
