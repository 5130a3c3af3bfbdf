import Foundation
import TensorCore

/// Finds out before the work whether its result can be written.
enum OutputCheck {
  /// - Throws: ``PipelineError`` with the code for a file that cannot be written. Nothing is left behind.
  static func check(_ path: String) throws(PipelineError) {
    do {
      // The temporary file goes away again with the value.
      _ = try AtomicFile(path: path)
    } catch {
      throw PipelineError(error)
    }
  }
}
