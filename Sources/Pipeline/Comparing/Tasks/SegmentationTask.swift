import CalibrationData
import Evaluation

/// A class for each pixel, and a mask for each sample.
struct SegmentationTask: ComparisonTask {
  let name = "segmentation"
  let changeWord = "changed picture"
  let decoder: SegmentationDecoder
  /// Numbers in masks that stand for no class.
  let ignored: Set<Int32>
  let preprocessing: Preprocessing?
  let labels: LabelSource

  /// The share of pixels from which on a picture counts as changed.
  private static let changedShare = 0.01

  var changeRule: String { "A picture counts as changed where at least 1 % of its pixels get another class." }

  func truth(of sample: Sample) throws(PipelineError) -> SampleTruth {
    let path = try labels.file(of: sample, endings: ["png", "npy"], what: "a mask")
    do {
      return .mask(try LabelMask(contentsOf: path, name: path))
    } catch {
      throw PipelineError(error)
    }
  }

  func read(
    _ outputs: SessionOutputs, truth: SampleTruth, baseline: SampleAnswer?, into answer: inout SampleAnswer
  ) throws(PipelineError) {
    guard case .mask(let mask) = truth else { return }
    let chosen = outputs.chosen
    do {
      let map = try decoder.decode(extents: chosen.extents, values: chosen.values)
      let label = try label(mask, beside: map)
      let prediction = map.resized(height: label.height, width: label.width)
      answer.map = prediction
      answer.overlap = ClassOverlap(prediction: prediction, label: label)
      if let before = baseline?.map {
        let same = zip(before.classes, prediction.classes).count { $0 == $1 }
        answer.agreement = Double(same) / Double(prediction.classes.count)
      }
    } catch {
      throw PipelineError(.badData, "\(error)")
    }
  }

  /// A mask of the output's size is taken as it is; any other goes the way of its picture.
  private func label(_ mask: LabelMask, beside map: ClassMap) throws -> ClassMap {
    let isPrepared = mask.height == map.height && mask.width == map.width
    let fitted = isPrepared ? mask : try preprocessing.map { try mask.fitted(to: $0, place: "mask") } ?? mask
    let classes = fitted.values.map { value -> Int32 in
      guard let value, value >= 0, !ignored.contains(value) else { return ClassMap.none }
      return value
    }
    return ClassMap(height: fitted.height, width: fitted.width, classes: classes) ?? map
  }

  func metrics(_ samples: [ComparedSample], columnCount: Int) -> [ComparisonMetric] {
    let columns = (0..<columnCount).map { column in IntersectionOverUnion(samples.map { $0.answers[column].overlap }) }
    return [
      ComparisonMetric("miou", "mIoU") { columns[$0].mean(drawn: $1) },
      ComparisonMetric("pixelAccuracy", "Pixel accuracy") { columns[$0].accuracy(drawn: $1) },
      .mean("agreement", "Same class as FP32", samples, columnCount: columnCount) { answer, _ in answer.agreement },
    ]
  }

  func hasChanged(_ before: SampleAnswer, _ after: SampleAnswer) -> Bool {
    1 - after.agreement >= Self.changedShare
  }

  /// The share of labelled pixels that are lost.
  func loss(of sample: ComparedSample, in column: Int) -> Double {
    let lost = sample.answers[0].overlap.accuracy - sample.answers[column].overlap.accuracy
    return lost.isFinite ? lost : 0
  }

  func classes(_ samples: [ComparedSample], in column: Int) -> [ComparedClass] {
    let ratios = IntersectionOverUnion(samples.map { $0.answers[column].overlap })
    return zip(ratios.categories, ratios.perClass()).map { category, value in
      ComparedClass(
        label: Int(category), count: ratios.labelledPixels(category), value: value, lost: nil, won: nil)
    }
  }

  func words(_ answer: SampleAnswer) -> String {
    "\((answer.overlap.accuracy * 1000).rounded() / 10) % of the pixels right"
  }
}
