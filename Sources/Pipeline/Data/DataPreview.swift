import CalibrationData
import Foundation
import TensorCore

/// Writes the pictures that the network sees.
///
/// What preprocessing did to the pixels' values is undone, so that colours, crop and size can be judged by eye; arrays
/// that come prepared are stretched from their least to their greatest value.
package struct DataPreview: Sendable {
  package var settings: DataSettings
  package var folder: String

  package init(settings: DataSettings, folder: String) {
    self.settings = settings
    self.folder = folder
  }

  package struct Picture: Encodable, Sendable {
    let file: String
    let sample: String
    let shape: [Int]
    let min: Float
    let max: Float
    let mean: Float
  }

  package struct Result: Encodable, Sendable {
    let folder: String
    let preprocessing: String
    let pictures: [Picture]

    /// For standard output.
    package var text: String {
      let rows = pictures.map {
        [$0.file, $0.shape.map(String.init).joined(separator: "x"), "\($0.min)", "\($0.max)", "\($0.mean)", $0.sample]
      }
      let table = TextTable.lines(
        [["file", "shape", "min", "max", "mean", "sample"]] + rows, rightAligned: [2, 3, 4])
      return (["\(folder): \(pictures.count) pictures as the network sees them", preprocessing] + table)
        .joined(separator: "\n")
    }

    package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
  }

  /// - Throws: ``PipelineError`` for samples that are no pictures and for a folder that cannot be written.
  package func run() throws(PipelineError) -> Result {
    let preprocessor = try settings.preprocessor()
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw PipelineError(
        .cannotWrite, "\(folder): expected a folder to write to, found that it cannot be made; choose another")
    }
    var pictures: [Picture] = []
    for sample in try settings.samples() {
      let tensor = try settings.floats(of: sample, preprocessor)
      let isLast = settings.recipe.preprocessing.map { $0.layout == .nhwc }
      guard let shape = PictureShape(tensor.shape, isChannelsLast: isLast) else {
        throw PipelineError(
          .badData,
          "sample '\(sample.identifier)': expected a picture of 1 or 3 channels, found \(tensor.type); "
            + "previews are of pictures only")
      }
      let values = tensor.array(of: Float.self)
      guard values.allSatisfy(\.isFinite), let least = values.min(), let most = values.max() else {
        throw PipelineError(
          .badData, "sample '\(sample.identifier)': expected finite numbers, found others; mend the sample")
      }
      let name = String(format: "%06d.png", sample.rank)
      let pixels = pixels(values, shape, least...most)
      guard
        let bytes = PNGWriter.bytes(of: pixels, width: shape.width, height: shape.height, channels: shape.channels)
      else {
        throw PipelineError(
          .badData, "sample '\(sample.identifier)': expected a picture of a usual size, found \(tensor.type); crop it")
      }
      do { try AtomicFile.write(bytes, to: "\(folder)/\(name)") } catch { throw PipelineError(error) }
      let sum = values.reduce(0.0) { $0 + Double($1) }
      pictures.append(
        Picture(
          file: name, sample: sample.identifier, shape: tensor.shape.dimensions, min: least, max: most,
          mean: Float(sum / Double(values.count))))
    }
    return Result(
      folder: folder, preprocessing: settings.recipe.preprocessing.map { "\($0)" } ?? "no preprocessing",
      pictures: pictures)
  }

  /// 8-bit samples in the order red, green, blue.
  private func pixels(_ values: [Float], _ shape: PictureShape, _ ends: ClosedRange<Float>) -> [UInt8] {
    let rules = settings.recipe.preprocessing
    var pixels: [UInt8] = []
    pixels.reserveCapacity(values.count)
    let span = max(Double(ends.upperBound) - Double(ends.lowerBound), .leastNormalMagnitude)
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        for colour in 0..<shape.channels {
          let channel = rules?.channels == .bgr && shape.channels == 3 ? 2 - colour : colour
          let value = Double(values[shape.index(channel, y, x)])
          var pixel = 255 * (value - Double(ends.lowerBound)) / span
          if let rules {
            let mean = Double(rules.mean[rules.mean.count > channel ? channel : 0])
            let std = Double(rules.std[rules.std.count > channel ? channel : 0])
            pixel = (value * std + mean) * Double(rules.divide) / Double(rules.scale)
          }
          pixels.append(UInt8(min(max(pixel.rounded(), 0), 255)))
        }
      }
    }
    return pixels
  }
}
