import CalibrationData
import Evaluation
import Executor
import Foundation
import ONNX

extension ComparisonSettings {
  /// The samples to compare on: the recipe's test set, else its data.
  func testSamples() throws(PipelineError) -> (set: SampleSet, chosen: [Sample]) {
    guard let path = recipe.test ?? recipe.data else {
      throw PipelineError(.usage, "samples: expected a labelled set, found none; give --data or a recipe with 'test'")
    }
    do {
      let isBoxes = recipe.decoder != nil
      let labels = recipe.test == nil ? recipe.testLabels ?? recipe.labels : recipe.testLabels
      let set = try SampleSet.open(
        path, options: SampleSet.Options(rawShape: recipe.rawShape, labels: isBoxes ? nil : labels))
      let limit = recipe.testSamples ?? set.samples.count
      return (set, Array(set.samples.prefix(limit)))
    } catch {
      throw PipelineError(error)
    }
  }

  /// What the outputs mean, as the recipe says or the labels tell.
  func task(_ samples: [Sample], network: Network) throws(PipelineError) -> ComparisonTask {
    let labelled = samples.contains { $0.label != nil }
    switch recipe.task ?? (recipe.decoder != nil ? "detection" : labelled ? "classification" : "none") {
    case "classification":
      guard labelled else {
        throw PipelineError(
          .badData,
          "classification: expected samples with labels, found none; give class folders, a manifest with a column "
            + "'label', or test_labels")
      }
      return .classification
    case "detection":
      guard let decoder = recipe.decoder else {
        throw PipelineError(
          .usage, "detection: expected a recipe that declares a decoder, found none; add the field 'decoder'")
      }
      return .detection(try decoder.decoder(), try decoder.suppression())
    case "none":
      let shape = network.model.graph.outputs.first?.shape
      return .unlabelled(decides: network.model.graph.outputs.count == 1 && shape?.count == 2)
    case let other:
      throw PipelineError(
        .usage, "task: expected classification, detection or none, found '\(other)'; choose one of these")
    }
  }

  /// The labelled boxes of each sample: from a folder with a text of the picture's name, for a picture without objects none.
  func boxes(_ samples: [Sample], task: ComparisonTask) throws(PipelineError) -> [Int: [LabelledBox]] {
    guard case .detection = task else { return [:] }
    guard let folder = recipe.testLabels else {
      throw PipelineError(
        .usage, "detection: expected labelled boxes, found none; give test_labels, a folder of YOLO texts")
    }
    var result: [Int: [LabelledBox]] = [:]
    var found = 0
    for sample in samples {
      let stem = ((sample.identifier as NSString).lastPathComponent as NSString).deletingPathExtension
      let path = (folder as NSString).appendingPathComponent(stem + ".txt")
      guard let bytes = FileManager.default.contents(atPath: path) else { continue }
      found += 1
      do {
        result[sample.rank] = try YOLOLabels.read(String(decoding: bytes, as: UTF8.self), place: path)
      } catch {
        throw PipelineError(.badData, "\(error)")
      }
    }
    guard found > 0 else {
      throw PipelineError(
        .missingInput, "\(folder): expected texts named after the pictures, found none; check the path")
    }
    return result
  }
}
