import CalibrationData
import Foundation
import TensorCore

/// The samples that a `qtool data` command looks at.
package struct DataSettings: Sendable {
  package var recipe: Recipe

  package init(recipe: Recipe) { self.recipe = recipe }

  /// The samples used, by rank.
  func samples() throws(PipelineError) -> [Sample] {
    guard let data = recipe.data else {
      throw PipelineError(.usage, "data: expected samples, found none; give --data or --recipe")
    }
    do {
      let set = try SampleSet.open(
        data, options: .init(rawShape: recipe.rawShape, labels: recipe.labels, labelForm: recipe.labelForm))
      let selection = SampleSelection(limit: recipe.samples, seed: recipe.seed)
      return selection.ranks(of: set.count).map { set.samples[$0] }
    } catch {
      throw PipelineError(error)
    }
  }

  func preprocessor() throws(PipelineError) -> Preprocessor {
    do { return try Preprocessor(recipe.preprocessing) } catch { throw PipelineError(error) }
  }

  /// The only tensor of a sample, as float32.
  func floats(of sample: Sample, _ preprocessor: Preprocessor) throws(PipelineError) -> Tensor {
    let tensors: [NamedTensor]
    do { tensors = try sample.load(with: preprocessor) } catch { throw PipelineError(error) }
    guard tensors.count == 1, let tensor = tensors.first?.tensor else {
      throw PipelineError(
        .badData, "sample '\(sample.identifier)': expected one array, found \(tensors.count); this command takes one")
    }
    if tensor.elementType == .float32 { return tensor }
    guard let integers = tensor.integers else {
      throw PipelineError(
        .badData, "sample '\(sample.identifier)': expected numbers, found \(tensor.type); give float32 or integers")
    }
    return Tensor(integers.map(Float.init), shape: tensor.shape)
  }
}

/// A picture in a tensor: which axes are which.
struct PictureShape: Hashable {
  let channels: Int
  let height: Int
  let width: Int
  let isChannelsLast: Bool

  /// Nil for a shape that is no picture of one or three channels.
  init?(_ shape: Shape, isChannelsLast: Bool? = nil) {
    let extents = shape.rank == 4 && shape[0] == 1 ? Array(shape.dimensions.dropFirst()) : shape.dimensions
    if extents.count == 2 {
      (channels, height, width, self.isChannelsLast) = (1, extents[0], extents[1], false)
      return
    }
    guard extents.count == 3 else { return nil }
    let last = isChannelsLast ?? (extents[0] != 1 && extents[0] != 3)
    self.isChannelsLast = last
    (channels, height, width) = last ? (extents[2], extents[0], extents[1]) : (extents[0], extents[1], extents[2])
    guard channels == 1 || channels == 3, height > 0, width > 0 else { return nil }
  }

  func index(_ channel: Int, _ y: Int, _ x: Int) -> Int {
    isChannelsLast ? (y * width + x) * channels + channel : (channel * height + y) * width + x
  }
}
