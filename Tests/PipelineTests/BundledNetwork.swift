import Foundation
import Pipeline
import TestSupport

/// The network and the images that come with the program.
enum BundledNetwork {
  static let recipePath = "\(Checkout.root)/Calibration/fashion_resnet.yaml"

  static func recipe() throws -> Recipe { try Recipe(contentsOf: recipePath, dataRoot: nil) }

  /// The first rows of the calibration manifest with absolute paths, below its header.
  static func manifestRows(_ count: Int) throws -> (header: String, rows: [String]) {
    let folder = "\(Checkout.root)/Datasets/fashion"
    let lines = try text(of: "\(folder)/calib.csv").split(separator: "\n").map(String.init)
    return (lines[0], lines[1...count].map { "\(folder)/\($0)" })
  }
}

extension CalibrationSettings {
  /// Calibrates into `folder`; answers the text of the cache and of its record.
  func files(in folder: String) throws -> (cache: String, record: String) {
    var settings = self
    settings.cachePath = "\(folder)/net.cache"
    let summary = try settings.run()
    return (try text(of: summary.cachePath), try text(of: summary.recordPath))
  }
}

/// A calibration cache, taken apart by a reader of the tests' own.
struct CacheText {
  let header: String
  let names: [String]
  let digits: [String]

  init(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    header = lines[0]
    // A name may hold a colon itself.
    let parts = lines.dropFirst().dropLast().map { line in
      let digits = line.split(separator: " ").last.map(String.init) ?? ""
      return (String(line.dropLast(digits.count + 2)), digits)
    }
    names = parts.map(\.0)
    digits = parts.map(\.1)
  }

  var scales: [Float] { digits.map { UInt32($0, radix: 16).map(Float.init(bitPattern:)) ?? .nan } }
}
