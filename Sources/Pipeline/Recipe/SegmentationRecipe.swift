package import Evaluation

/// The part of a recipe that says how an output becomes a class for each pixel.
package struct SegmentationRecipe: Sendable, Hashable, Codable {
  /// `nchw`, the default, or `nhwc`.
  package var layout: String?
  /// For an output with one channel: pixels above it are of class 1, others of class 0. Without it the channel holds
  /// the classes themselves.
  package var threshold: Float?
  /// Numbers in masks that do not count; 255 by default.
  package var ignore: [Int]?

  package init() {}

  /// - Throws: ``PipelineError`` for a layout that there is not.
  package func decoder() throws(PipelineError) -> SegmentationDecoder {
    guard let layout = SegmentationDecoder.Layout(rawValue: layout ?? "nchw") else {
      throw PipelineError(
        .badData,
        "recipe, segmentation.layout: expected nchw or nhwc, found '\(layout ?? "")'; correct the recipe")
    }
    return SegmentationDecoder(layout: layout, threshold: threshold)
  }
}
