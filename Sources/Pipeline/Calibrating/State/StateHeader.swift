import CalibrationData
import Crypto
import Executor
import Foundation

/// What a saved state belongs to: everything that its statistics depend on, and the settings that it was made under.
package struct StateHeader: Sendable, Codable {
  struct Kernels: Sendable, Codable, Hashable {
    let instructionSet: String
    let blas: String
  }

  /// Raised whenever the bytes change their meaning.
  static let currentFormat = "qtool-calibration-state/5"

  var format = StateHeader.currentFormat
  var toolVersion = Pipeline.toolVersion
  let modelSHA256: String
  let pluginSHA256: [String]
  /// Of the files' contents, whatever their order, and of the samples used in their order.
  let dataSHA256: String
  let orderSHA256: String
  let preprocessing: Preprocessing?
  /// How many samples the whole calibration uses.
  let sampleCount: Int
  var keepsSampleExtremes: Bool
  /// Whether the samples are in groups that intervals of the scales can be drawn from.
  var keepsGroups: Bool
  let observed: ObservedTensors
  let convolution: NumericPolicy.Convolution
  let kernels: Kernels
  let shard: Shard?
  /// The settings, for a merge that is given none.
  let recipe: Recipe
  let ignoresBounds: Bool
  let plugins: [String]

  /// How the samples are divided.
  var plan: SegmentPlan { SegmentPlan(count: sampleCount, keepsGroups: keepsGroups) }

  /// SHA-256 of names in their order.
  static func digest(ofNames names: [String]) -> String {
    var hash = SHA256()
    for name in names { hash.update(data: Data("\(name.utf8.count):\(name)".utf8)) }
    return hash.finalize().map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
  }

  /// Why a state of `other` cannot go on under this one; nil where it can.
  ///
  /// Kernels are not compared: what differs there is a warning.
  func mismatch(with other: StateHeader) -> String? {
    if format != other.format { return "it is of the format \(other.format)" }
    if modelSHA256 != other.modelSHA256 {
      return "the network is another one (SHA-256 \(other.modelSHA256.prefix(12))…)"
    }
    if pluginSHA256 != other.pluginSHA256 { return "the plugins are other ones" }
    if sampleCount != other.sampleCount { return "it is of \(other.sampleCount) samples, not \(sampleCount)" }
    if dataSHA256 != other.dataSHA256 { return "the data have changed" }
    if orderSHA256 != other.orderSHA256 { return "the samples or their order are others" }
    if preprocessing != other.preprocessing { return "the preprocessing is another one" }
    if observed != other.observed {
      return "\(other.observed.rawValue) tensors were observed, not \(observed.rawValue)"
    }
    if convolution != other.convolution {
      return "convolutions were summed another way (\(other.convolution.rawValue), not \(convolution.rawValue))"
    }
    if keepsSampleExtremes != other.keepsSampleExtremes {
      return "the method mean needs the extremes of each sample, which only a run of that method keeps"
    }
    if keepsGroups != other.keepsGroups {
      return other.keepsGroups
        ? "its samples are in groups for --evidence full, which these are not"
        : "its samples are in no groups, which --evidence full and methods draw from: they take a run with that level, "
          + "with --state or with --shard"
    }
    return nil
  }
}
