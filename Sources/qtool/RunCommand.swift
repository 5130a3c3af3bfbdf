import ArgumentParser
import Pipeline

/// `qtool run`: what does this network compute for these inputs?
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a network once on given inputs and save what it computes as .npy files.",
    discussion: """
      Each tensor becomes one file; index.json says which file holds which tensor, for names that a file cannot bear.

      Examples:
        qtool run net.onnx --input x=picture.npy --output-dir out
        qtool run encoder.onnx --input ids.npz --output-dir out --all-tensors
      """)

  @Argument(help: ArgumentHelp("The network: an ONNX file.", valueName: "network"))
  var network: String

  @Option(
    help: ArgumentHelp(
      "An input's values. Or a .npz that holds arrays named after the inputs. May be repeated.",
      valueName: "name=file.npy"))
  var input: [String] = []

  @Option(
    help: ArgumentHelp(
      "Expect this shape of an input, such as x:1x3x224x224. May be repeated.", valueName: "name:shape"))
  var inputShape: [String] = []

  @Option(help: ArgumentHelp("The folder to write to; it is made where there is none.", valueName: "folder"))
  var outputDir: String

  @Flag(help: "Save every tensor, not the outputs only.") var allTensors = false

  @OptionGroup var plugins: PluginOptions

  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print nothing but errors.") var quiet = false

  func run() throws {
    try Console.run { () throws(PipelineError) in
      var run = NetworkRun(
        model: network, inputs: input, shapes: try InputShapes(inputShape), outputFolder: outputDir)
      run.savesAllTensors = allTensors
      run.plugins = plugins.plugin
      let saved = try run.run()
      if json {
        Console.result(try saved.json())
      } else if !quiet {
        Console.result(saved.text)
      }
    }
  }
}
