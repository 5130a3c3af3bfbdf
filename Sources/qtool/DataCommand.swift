import ArgumentParser
import Foundation
import Pipeline

/// `qtool data`: is this the data the network expects?
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Look at samples as the network sees them, compare them with your own tensors, or pack them.",
    discussion: """
      Examples:
        qtool data preview --recipe Calibration/fashion_resnet.yaml --samples 16 -o preview
        qtool data check --recipe net.yaml --against mine.npy
        qtool data pack --recipe net.yaml --batch 8 -o calib/batch_
      """,
    subcommands: [DataPreviewCommand.self, DataCheckCommand.self, DataPackCommand.self])
}

extension DataOptions {
  /// The samples that a recipe names, with what the flags say in its place.
  func settings(recipe: String?) throws(PipelineError) -> DataSettings {
    let root = dataRoot ?? ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"]
    var settings = DataSettings(
      recipe: try recipe.map { path throws(PipelineError) in try Recipe(contentsOf: path, dataRoot: root) } ?? Recipe())
    try apply(to: &settings.recipe)
    return settings
  }

  func checkCount() throws {
    if let samples, samples < 1 { throw ValidationError("--samples: expected at least 1, found \(samples)") }
  }
}

/// `qtool data preview`.
struct DataPreviewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preview", abstract: "Write the pictures that the network sees as PNG files.",
    discussion: """
      What preprocessing did to the values is undone; its colours, crop and size stay. Arrays that come prepared are \
      stretched from their least to their greatest value. Without --samples the first 16 are written.
      """)

  @Option(help: ArgumentHelp("A YAML file that names samples and preprocessing.", valueName: "path"))
  var recipe: String?

  @OptionGroup(title: "Samples") var dataOptions: DataOptions

  @Option(name: [.short, .long], help: ArgumentHelp("The folder to write to.", valueName: "folder"))
  var output: String

  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws { try dataOptions.checkCount() }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      var settings = try dataOptions.settings(recipe: recipe)
      settings.recipe.samples = dataOptions.samples ?? 16
      let result = try DataPreview(settings: settings, folder: output).run()
      Console.result(json ? try result.json() : result.text)
    }
  }
}

/// `qtool data check`.
struct DataCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Compare our preprocessing with your own tensors and name what is different.",
    discussion: """
      Your array holds the same samples in the same order, as your own program feeds them to the network. Swapped \
      channels, another layout, another scale and crops that are off by a pixel or two are named with the flag that \
      mends them. Exits with code 1 where anything differs.
      """)

  @Option(help: ArgumentHelp("A YAML file that names samples and preprocessing.", valueName: "path"))
  var recipe: String?

  @OptionGroup(title: "Samples") var dataOptions: DataOptions

  @Option(help: ArgumentHelp("Your tensors: their first axis counts the samples.", valueName: "mine.npy"))
  var against: String

  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws { try dataOptions.checkCount() }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let result = try DataCheck(settings: try dataOptions.settings(recipe: recipe), against: against).run()
      Console.result(json ? try result.json() : result.text)
      if !result.passes {
        throw PipelineError(.checkFailed, "\(against): the tensors are not those of this preprocessing")
      }
    }
  }
}

/// `qtool data pack`.
struct DataPackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Write prepared samples as TensorRT's .batch files.")

  @Option(help: ArgumentHelp("A YAML file that names samples and preprocessing.", valueName: "path"))
  var recipe: String?

  @OptionGroup(title: "Samples") var dataOptions: DataOptions

  @Option(help: ArgumentHelp("How many samples go into one file.", valueName: "n"))
  var batch = 1

  @Option(
    name: [.short, .long],
    help: ArgumentHelp("What the names begin with: calib/batch_ makes calib/batch_0.batch.", valueName: "prefix"))
  var output: String

  @Flag(help: "Print the result as JSON.") var json = false

  func validate() throws {
    try dataOptions.checkCount()
    if batch < 1 { throw ValidationError("--batch: expected at least 1, found \(batch)") }
  }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let settings = try dataOptions.settings(recipe: recipe)
      let result = try DataPack(settings: settings, prefix: output, batchSize: batch).run()
      Console.result(json ? try result.json() : result.text)
    }
  }
}
