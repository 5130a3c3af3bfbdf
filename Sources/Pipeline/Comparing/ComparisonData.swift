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
        path,
        options: SampleSet.Options(
          rawShape: recipe.rawShape, labels: isBoxes || recipe.labelForm == .text ? nil : labels,
          labelForm: recipe.labelForm))
      let ranks = SampleSelection(limit: recipe.testSamples, seed: seed).ranks(of: set.samples.count)
      return (set, ranks.map { set.samples[$0] })
    } catch {
      throw PipelineError(error)
    }
  }

  /// What the outputs mean, as the recipe says or the labels tell.
  func task(
    _ samples: [Sample], set: SampleSet, network: Network
  ) throws(PipelineError) -> any ComparisonTask {
    let labelled = samples.contains { $0.label != nil }
    switch recipe.task ?? (recipe.decoder != nil ? "detection" : labelled ? "classification" : "none") {
    case "classification":
      guard labelled else {
        throw PipelineError(
          .badData,
          "classification: expected samples with labels, found none; give class folders, a manifest with a column "
            + "'label', or test_labels")
      }
      // An answer without a label is neither right nor wrong, and every figure counts one or the other.
      let bare = samples.filter { $0.label == nil }
      if let first = bare.first {
        throw PipelineError(
          .badData,
          "sample '\(first.identifier)': expected a label, as \(samples.count - bare.count) other samples have, found "
            + "none (nor for \(bare.count - 1) more); label it or take it out of the set")
      }
      return ClassificationTask()
    case "detection": return try detection(samples)
    case "segmentation":
      let rule = recipe.segmentation ?? SegmentationRecipe()
      return SegmentationTask(
        decoder: try rule.decoder(), ignored: Set((rule.ignore ?? [255]).map { Int32(clamping: $0) }),
        preprocessing: recipe.preprocessing, labels: try labelSource(set))
    case "regression": return RegressionTask(labels: try labelSource(set))
    case "embedding": return EmbeddingTask(labels: try embeddingLabels(samples, set))
    case "text":
      guard let rule = recipe.text else {
        throw PipelineError(
          .usage, "text: expected a recipe that says how outputs are read, found none; add the field 'text'")
      }
      return TextTask(decoder: try rule.decoder(), labels: try labelSource(set))
    case "none":
      let shape = network.model.graph.outputs.first?.shape
      return UnlabelledTask(countsChanges: network.model.graph.outputs.count == 1 && shape?.count == 2)
    case let other:
      throw PipelineError(
        .usage,
        "task: expected \(Recipe.tasks.joined(separator: ", ")), found '\(other)'; choose one of these")
    }
  }

  private func labelSource(_ set: SampleSet) throws(PipelineError) -> LabelSource {
    try LabelSource(
      set: set.location, labels: recipe.test == nil ? recipe.testLabels ?? recipe.labels : recipe.testLabels)
  }

  private func detection(_ samples: [Sample]) throws(PipelineError) -> DetectionTask {
    guard let decoder = recipe.decoder else {
      throw PipelineError(
        .usage, "detection: expected a recipe that declares a decoder, found none; add the field 'decoder'")
    }
    guard let labels = recipe.testLabels else {
      throw PipelineError(
        .usage,
        "detection: expected labelled boxes, found none; give test_labels, a folder of YOLO texts or COCO's JSON")
    }
    let boxes = labels.hasSuffix(".json") ? try cocoBoxes(labels, samples) : try yoloBoxes(labels, samples)
    return DetectionTask(decoder: try decoder.decoder(), suppression: try decoder.suppression(), boxes: boxes)
  }

  /// From a folder with a text of the picture's name, for a picture without objects none.
  private func yoloBoxes(_ folder: String, _ samples: [Sample]) throws(PipelineError) -> [Int: [LabelledBox]] {
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

  /// From COCO's JSON: every picture must be among its images, by the name of its file.
  private func cocoBoxes(_ path: String, _ samples: [Sample]) throws(PipelineError) -> [Int: [LabelledBox]] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw PipelineError(
        .missingInput, "\(path): expected COCO's labels, found no file that can be read; check the path")
    }
    let labels: COCOLabels
    do {
      labels = try COCOLabels(json: [UInt8](bytes), place: path)
    } catch {
      throw PipelineError(.badData, "\(error)")
    }
    var result: [Int: [LabelledBox]] = [:]
    for sample in samples {
      let name = (sample.identifier as NSString).lastPathComponent
      guard let boxes = labels.boxes[sample.identifier] ?? labels.boxes[name] else {
        throw PipelineError(
          .badData, "\(path): expected an image with the file_name '\(name)', found none; are these its labels?")
      }
      result[sample.rank] = boxes
    }
    return result
  }

  /// Pairs where the manifest has a column `pair`, else vectors where there are labels.
  private func embeddingLabels(_ samples: [Sample], _ set: SampleSet) throws(PipelineError) -> EmbeddingTask.Labels {
    guard set.sliceColumns.contains("pair") else {
      let hasLabels = recipe.testLabels != nil || samples.contains { $0.labelText?.isEmpty == false }
      return hasLabels ? .targets(try labelSource(set)) : .none
    }
    var members: [String: [Sample]] = [:]
    var names: [String] = []
    for sample in samples {
      guard let name = sample.slices.first(where: { $0.column == "pair" })?.value, !name.isEmpty else { continue }
      if members[name] == nil { names.append(name) }
      members[name, default: []].append(sample)
    }
    let pairs = try names.map { name throws(PipelineError) -> EmbeddingTask.Pair in
      let both = members[name] ?? []
      let label = both.compactMap(\.labelText).first { !$0.isEmpty }
      guard both.count == 2, let likeness = label.flatMap(Float.init), likeness.isFinite else {
        throw PipelineError(
          .badData,
          "\(set.location), pair '\(name)': expected two samples and a number in 'label', found "
            + "\(both.count) and '\(label ?? "nothing")'; correct the manifest")
      }
      return EmbeddingTask.Pair(first: both[0].rank, second: both[1].rank, likeness: likeness)
    }
    guard pairs.count > 2 else {
      throw PipelineError(
        .badData, "\(set.location): expected at least three pairs to rank, found \(pairs.count); use more samples")
    }
    return .pairs(pairs)
  }
}
