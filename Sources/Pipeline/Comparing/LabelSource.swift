import CalibrationData
import Foundation
import TensorCore

/// Where the labels of samples are that are no numbers of classes: in a manifest's column `label`, in a folder of files
/// that are named after the samples, or in one array.
struct LabelSource: Sendable {
  /// The folder that paths in a manifest count from.
  private let manifestFolder: String
  /// A folder with a file for each sample.
  private let folder: String?
  /// A row for each sample, by rank.
  private let rows: [[Float]]?
  private let arrayPath: String?

  /// - Parameters:
  ///   - set: The location of the samples.
  ///   - labels: A folder or an `.npy` array of numbers, where the manifest does not hold the labels.
  init(set: String, labels: String?) throws(PipelineError) {
    manifestFolder = (set as NSString).deletingLastPathComponent
    guard let labels else {
      (folder, rows, arrayPath) = (nil, nil, nil)
      return
    }
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: labels, isDirectory: &isFolder) else {
      throw PipelineError(
        .missingInput, "\(labels): expected a folder of labels or an .npy array, found none; check the path")
    }
    if isFolder.boolValue {
      (folder, rows, arrayPath) = (labels, nil, nil)
      return
    }
    (folder, rows, arrayPath) = (nil, try Self.array(labels), labels)
  }

  /// The rows of an array `[N]` or `[N, …]`.
  private static func array(_ path: String) throws(PipelineError) -> [[Float]] {
    let (values, extents) = try numbers(inArray: path)
    guard let count = extents.first, count > 0, values.count.isMultiple(of: count) else {
      throw PipelineError(
        .badData, "\(path): expected an array with a row for each sample, found the shape \(extents); write it anew")
    }
    let width = values.count / count
    return (0..<count).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }

  private static func numbers(inArray path: String) throws(PipelineError) -> (values: [Float], extents: [Int]) {
    do {
      let tensor = try StoredArray(npyAt: path, place: path).tensor()
      let values = tensor.elementType == .float32 ? tensor.array(of: Float.self) : tensor.integers?.map(Float.init)
      guard let values, values.allSatisfy(\.isFinite) else {
        throw PipelineError(
          .badData, "\(path): expected finite numbers, found \(tensor.elementType) with others; mend the labels")
      }
      return (values, tensor.shape.dimensions)
    } catch {
      throw PipelineError(error)
    }
  }

  /// The file that is the label of a sample: the one that the manifest names, else the one in the folder that has the
  /// sample's name and one of these endings.
  func file(of sample: Sample, endings: [String], what: String) throws(PipelineError) -> String {
    if let text = sample.labelText, !text.isEmpty {
      return text.hasPrefix("/") ? text : (manifestFolder as NSString).appendingPathComponent(text)
    }
    if let folder {
      let stem = ((sample.identifier as NSString).lastPathComponent as NSString).deletingPathExtension
      for ending in endings {
        let path = (folder as NSString).appendingPathComponent("\(stem).\(ending)")
        if FileManager.default.fileExists(atPath: path) { return path }
      }
    }
    throw missing(what, sample)
  }

  /// Numbers separated by blanks, the content of an `.npy` file, or the sample's row of the array.
  func numbers(of sample: Sample) throws(PipelineError) -> [Float] {
    if let rows {
      guard rows.indices.contains(sample.rank) else {
        throw PipelineError(
          .badData,
          "\(arrayPath ?? ""): expected a row for each sample, found \(rows.count) and none for '\(sample.identifier)'; "
            + "write it anew")
      }
      return rows[sample.rank]
    }
    if let text = sample.labelText, !text.isEmpty, !text.hasSuffix(".npy") {
      let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Float($0) }
      guard !numbers.isEmpty, numbers.allSatisfy(\.isFinite),
        numbers.count == text.split(whereSeparator: \.isWhitespace).count
      else {
        throw PipelineError(
          .badData,
          "sample '\(sample.identifier)': expected a label of numbers separated by blanks, or an .npy file, found "
            + "'\(text.prefix(60))'; correct the label")
      }
      return numbers
    }
    return try Self.numbers(inArray: file(of: sample, endings: ["npy"], what: "numbers")).values
  }

  /// The manifest's text, or that of the sample's `.txt` file without the line break at its end.
  func text(of sample: Sample) throws(PipelineError) -> String {
    if let text = sample.labelText { return text }
    let path = try file(of: sample, endings: ["txt"], what: "a text")
    guard let bytes = FileManager.default.contents(atPath: path), let text = String(bytes: bytes, encoding: .utf8)
    else {
      throw PipelineError(.badData, "\(path): expected a text in UTF-8, found other bytes; write it anew")
    }
    return String(text.prefix { !$0.isNewline })
  }

  private func missing(_ what: String, _ sample: Sample) -> PipelineError {
    PipelineError(
      .badData,
      "sample '\(sample.identifier)': expected \(what) as its label, found none; name it in the manifest's column "
        + "'label', or give test_labels")
  }
}
