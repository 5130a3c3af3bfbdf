import ArgumentParser
import Pipeline

/// `qtool inspect`: what is in this network, can it be run?
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "List a network's layers, shapes, parameters, MACs and what stands in the way of low precision.")

  @Argument(help: ArgumentHelp("The network: an ONNX file.", valueName: "network"))
  var network: String

  @Option(help: ArgumentHelp("The shape of an input, such as x:1x3x224x224. May be repeated.", valueName: "name:shape"))
  var inputShape: [String] = []

  @OptionGroup var plugins: PluginOptions

  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print the graph for Graphviz: dot -Tsvg draws it.") var dot = false

  func run() throws {
    try Console.run { () throws(PipelineError) in
      let inspection = try NetworkInspection(
        path: network, shapes: InputShapes(inputShape), plugins: Plugins(plugins.plugin))
      Console.result(try json ? inspection.json() : dot ? inspection.dot : inspection.text)
    }
  }
}
