import ArgumentParser
import Pipeline

/// `qtool cache from-qdq`: which scales does this quantized network hold?
struct CacheFromQDQCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-qdq",
    abstract: "Write the scales of a network with QuantizeLinear and DequantizeLinear nodes as a calibration cache.",
    discussion: """
      Activations get the scale of their QuantizeLinear node, weights that of the DequantizeLinear node that reads them. \
      What the format cannot hold, such as zero points, is listed on standard error.

      Formats: \(CacheCommand.formatNames).

      Example:
        qtool cache from-qdq net.qdq.onnx -o net.cache --trt-version 8.6.1
      """)

  @Argument(help: ArgumentHelp("The quantized network: an ONNX file.", valueName: "network"))
  var network: String

  @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("The format to write.", valueName: "format"))
  var format: String?

  @Option(help: ArgumentHelp("The builder's version, such as 8.6.1 or 10.9.0, for the header.", valueName: "version"))
  var trtVersion: String?

  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print nothing but errors.") var quiet = false

  func run() throws {
    try Console.run { () throws(PipelineError) in
      var scales = QDQScales(network: network, output: output, format: format ?? "tensorrt")
      scales.builderVersion = trtVersion
      let result = try scales.run()
      if !quiet { for warning in result.warnings { Console.diagnostic("warning: \(warning)") } }
      if json {
        Console.result(try result.json())
      } else if !quiet {
        Console.result(result.text)
      }
    }
  }
}
