import CalibrationData
import Foundation
import TensorCore

/// Packs samples, prepared as the network sees them, into TensorRT's `.batch` files.
package struct DataPack: Sendable {
  package var settings: DataSettings
  /// What the files' names begin with: `calib/` makes `calib/0.batch`, `calib/1.batch`, ….
  package var prefix: String
  package var batchSize: Int

  package init(settings: DataSettings, prefix: String, batchSize: Int) {
    self.settings = settings
    self.prefix = prefix
    self.batchSize = batchSize
  }

  package struct Result: Encodable, Sendable {
    let files: [String]
    let samples: Int
    let leftOut: Int
    let hasLabels: Bool

    /// For standard output.
    package var text: String {
      let rest = leftOut > 0 ? "; \(leftOut) that fill no batch left out" : ""
      return "\(samples) samples in \(files.count) files, \(files.first ?? "none") and on"
        + (hasLabels ? ", with labels" : "") + rest
    }

    package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
  }

  /// Readers take every file of a set to be of one size: what fills no batch is left out, and counted.
  package func run() throws(PipelineError) -> Result {
    let samples = try settings.samples()
    let preprocessor = try settings.preprocessor()
    let count = samples.count / batchSize
    guard count > 0 else {
      throw PipelineError(
        .badData,
        "data pack: expected at least \(batchSize) samples for a batch, found \(samples.count); "
          + "lower --batch or add samples")
    }
    let folder = (prefix as NSString).deletingLastPathComponent
    let directory = prefix.hasSuffix("/") ? prefix : folder
    if !directory.isEmpty {
      try? FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }
    let hasLabels = samples.allSatisfy { $0.label != nil }
    var files: [String] = []
    for batch in 0..<count {
      let members = samples[batch * batchSize..<(batch + 1) * batchSize]
      var tensors: [Tensor] = []
      for sample in members {
        let tensor = try settings.floats(of: sample, preprocessor)
        // The memory of a prepared picture is used again for the next one.
        tensors.append(Tensor(tensor.array(of: Float.self), shape: tensor.shape))
      }
      let path = "\(prefix)\(batch).batch"
      do {
        let bytes = try BatchWriter.bytes(
          of: tensors, labels: hasLabels ? members.map { $0.label ?? 0 } : nil, place: members.first?.identifier ?? path
        )
        try AtomicFile.write(bytes, to: path)
      } catch {
        throw PipelineError(error)
      }
      files.append(path)
    }
    return Result(
      files: files, samples: count * batchSize, leftOut: samples.count - count * batchSize, hasLabels: hasLabels)
  }
}
