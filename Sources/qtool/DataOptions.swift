import ArgumentParser
import Foundation
import Pipeline

/// The flags that say which samples a command runs and how pictures become tensors.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The samples: an image folder, class folders, a CSV or TSV manifest, .npy, .npz, idx(.gz), .batch or raw floats.",
      valueName: "path"))
  var data: String?

  @Option(help: ArgumentHelp("The folder that ${data_root} stands for in a recipe.", valueName: "folder"))
  var dataRoot: String?

  @Option(help: ArgumentHelp("The shape of one sample of a raw float32 file, such as 1x3x224x224.", valueName: "shape"))
  var rawShape: String?

  @Option(help: "How many samples to use: the first, or with --seed a random choice.")
  var samples: Int?

  @Option(help: "Draw the samples at random by this seed.")
  var seed: UInt64?

  @Option(help: ArgumentHelp("What becomes of a sample that cannot be used: fail or skip.", valueName: "policy"))
  var onBadSample: SampleRunner.BadSamplePolicy = .fail

  @Option(
    help: ArgumentHelp(
      "Resize pictures: shorter:256, exact:352x352 (height x width) or letterbox:640x640.", valueName: "rule"))
  var resize: String?

  @Option(help: "The filter that resizes: bilinear, bicubic, nearest or opencv-bilinear.")
  var filter: String?

  @Option(help: ArgumentHelp("Crop the centre: 224 or 224x224.", valueName: "size"))
  var crop: String?

  @Option(help: "The channels of the network's input: rgb, bgr or gray.")
  var channels: String?

  @Option(help: ArgumentHelp("Divide pixels by this first, such as 255.", valueName: "number"))
  var divide: String?

  @Option(
    help: ArgumentHelp("Subtract this: one number or one per channel, separated by commas.", valueName: "numbers"))
  var mean: String?

  @Option(help: ArgumentHelp("Divide by this last: one number or one per channel.", valueName: "numbers"))
  var std: String?

  @Option(help: "The order of the input's axes: nchw or nhwc.")
  var layout: String?
}

extension SampleRunner.BadSamplePolicy: ExpressibleByArgument {}

extension DataOptions {
  /// Puts what the flags say in place of what `recipe` says.
  func apply(to recipe: inout Recipe) throws(PipelineError) {
    if let data {
      recipe.data = data
      // Labels belong to the set they stand beside.
      recipe.labels = nil
    }
    if let rawShape {
      let extents = rawShape.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
      guard extents.allSatisfy({ $0 > 0 }) else {
        throw PipelineError(
          .usage, "--raw-shape: expected extents such as 1x3x224x224, found '\(rawShape)'; correct it")
      }
      recipe.rawShape = extents
    }
    if let samples { recipe.samples = samples }
    if let seed { recipe.seed = seed }
    var flags = PreprocessingFlags()
    flags.channels = channels
    flags.resize = resize
    flags.filter = filter
    flags.crop = crop
    flags.divide = divide
    flags.mean = mean
    flags.std = std
    flags.layout = layout
    recipe.preprocessing = try flags.applied(to: recipe.preprocessing)
  }
}
