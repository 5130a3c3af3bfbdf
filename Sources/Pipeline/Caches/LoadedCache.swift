package import CalibrationCache
import Foundation
import Reporting

/// A calibration cache read from a file, and the format that it turned out to have.
package struct LoadedCache: Sendable {
  package let path: String
  package let document: CacheDocument
  package let format: any CacheFormat.Type

  /// - Parameter format: The name of its format; nil to recognize it.
  /// - Throws: ``PipelineError`` for a file that is missing or no cache, and for a format that is not known.
  package init(path: String, format name: String? = nil) throws(PipelineError) {
    let format = try name.map { name throws(PipelineError) in try LoadedCache.format(name, flag: "--from") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw PipelineError(
        .missingInput, "\(path): expected a calibration cache, found no file that can be read; check the path")
    }
    do {
      let file = CacheFile([UInt8](data))
      if let format {
        self.format = format
        document = try format.read(file, place: path)
      } else {
        (document, self.format) = try CacheFormats.read(file, place: path)
      }
    } catch {
      throw PipelineError(error)
    }
    self.path = path
  }

  static func format(_ name: String, flag: String) throws(PipelineError) -> any CacheFormat.Type {
    do {
      return try CacheFormats.named(name)
    } catch {
      throw PipelineError(.usage, "\(flag): \(error)")
    }
  }

  /// Such as `net.cache: tensorrt, 50 tensors, TRT-8601-MinMaxCalibration`.
  var title: String {
    let header = document.header.map { ", \($0.text)" } ?? ""
    return PlainText.terminal("\(path): \(format.name), \(Self.count(document.entries.count, "tensor"))\(header)")
  }

  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
