package import CalibrationData

/// Everything that a run needs to know beside the command's name: what a recipe file holds and flags override.
package struct Recipe: Sendable, Hashable {
  /// The file that holds it; nil where it was made of flags alone.
  package internal(set) var path: String?
  /// The network: an ONNX file.
  package var model: String?
  /// The calibration set; see ``SampleSet/open(_:options:)`` for what it may be.
  package var data: String?
  /// The labelled set on which accuracy is measured.
  package var test: String?
  /// Labels of ``test`` where it does not hold them: an array with a row for each sample, a folder with a file of each
  /// sample's name (YOLO texts, masks, texts), or COCO's JSON.
  package var testLabels: String?
  /// How many samples of ``test`` to use, the first; nil for all.
  package var testSamples: Int?
  /// What the network's outputs mean; nil to tell it from the labels.
  package var task: String?
  /// The output that the task reads; nil for the first.
  package var output: String?
  /// How a detector's outputs become boxes.
  package var decoder: DecoderRecipe?
  /// How an output becomes a class for each pixel.
  package var segmentation: SegmentationRecipe?
  /// How an output becomes a text.
  package var text: TextRecipe?
  /// Labels of a data set that is an array.
  package var labels: String?
  /// The shape of one sample of a raw float32 file.
  package var rawShape: [Int]?
  package var samples: Int?
  package var seed: UInt64?
  package var preprocessing: Preprocessing?
  package var method: String?
  package var percentile: Double?
  package var klZero: String?
  /// What becomes of values that look like a mask: `exclude` or `include`.
  package var masks: String?
  /// For the method legacy: the share of the magnitudes within the maximum, and the share of that which is kept.
  package var quantile: Double?
  package var cutoff: Double?
  package var trtVersion: String?
  /// Tensors whose names match one of these regular expressions get no scale.
  package var exclude: [String] = []

  package init() {}

  /// The files and folders that a run by this recipe reads.
  var files: [String?] { [path, model, data, test, testLabels, labels] }

  /// What ``task`` may be.
  package static let tasks = [
    "classification", "detection", "segmentation", "regression", "embedding", "text", "none",
  ]

  /// What the labels of the task are in a manifest: numbers of classes, or something else.
  package var labelForm: SampleSet.LabelForm {
    ["segmentation", "regression", "embedding", "text"].contains(task) ? .text : .category
  }
}

extension Recipe: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case model, data, test, labels, samples, seed, preprocessing, method, percentile, exclude, task, decoder
    case output, segmentation, text
    case masks, quantile, cutoff
    case testLabels = "test_labels"
    case testSamples = "test_samples"
    case rawShape = "raw_shape"
    case klZero = "kl_zero"
    case trtVersion = "trt_version"
  }

  private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// - Throws: ``RecipeFault`` for a field that no recipe has: a misspelt one would silently be left out.
  package init(from decoder: any Decoder) throws {
    let known = CodingKeys.allCases.map(\.rawValue)
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue).sorted()
    where !known.contains(key) {
      throw RecipeFault(
        field: key, expected: "one of \(known.sorted().joined(separator: ", "))", found: "an unknown name")
    }
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    model = try fields.decodeIfPresent(String.self, forKey: .model)
    data = try fields.decodeIfPresent(String.self, forKey: .data)
    test = try fields.decodeIfPresent(String.self, forKey: .test)
    testLabels = try fields.decodeIfPresent(String.self, forKey: .testLabels)
    testSamples = try fields.decodeIfPresent(Int.self, forKey: .testSamples)
    task = try fields.decodeIfPresent(String.self, forKey: .task)
    self.decoder = try fields.decodeIfPresent(DecoderRecipe.self, forKey: .decoder)
    output = try fields.decodeIfPresent(String.self, forKey: .output)
    segmentation = try fields.decodeIfPresent(SegmentationRecipe.self, forKey: .segmentation)
    text = try fields.decodeIfPresent(TextRecipe.self, forKey: .text)
    labels = try fields.decodeIfPresent(String.self, forKey: .labels)
    rawShape = try fields.decodeIfPresent([Int].self, forKey: .rawShape)
    samples = try fields.decodeIfPresent(Int.self, forKey: .samples)
    seed = try fields.decodeIfPresent(UInt64.self, forKey: .seed)
    preprocessing = try fields.decodeIfPresent(Preprocessing.self, forKey: .preprocessing)
    method = try fields.decodeIfPresent(String.self, forKey: .method)
    percentile = try fields.decodeIfPresent(Double.self, forKey: .percentile)
    klZero = try fields.decodeIfPresent(String.self, forKey: .klZero)
    masks = try fields.decodeIfPresent(String.self, forKey: .masks)
    quantile = try fields.decodeIfPresent(Double.self, forKey: .quantile)
    cutoff = try fields.decodeIfPresent(Double.self, forKey: .cutoff)
    trtVersion = try fields.decodeIfPresent(String.self, forKey: .trtVersion)
    exclude = try fields.decodeIfPresent([String].self, forKey: .exclude) ?? []
    try checkNumbers()
  }

  /// Numbers that are right by their type and make no sense.
  private func checkNumbers() throws(RecipeFault) {
    if let samples, samples < 1 {
      throw RecipeFault(field: "samples", expected: "a whole number from 1", found: "\(samples)")
    }
    if let testSamples, testSamples < 1 {
      throw RecipeFault(field: "test_samples", expected: "a whole number from 1", found: "\(testSamples)")
    }
    if let rawShape, rawShape.isEmpty || rawShape.contains(where: { $0 < 1 }) {
      throw RecipeFault(field: "raw_shape", expected: "extents from 1, such as [1, 3, 224, 224]", found: "\(rawShape)")
    }
  }
}
