import ArgumentParser
import Pipeline

/// `qtool export`: how do I hand it to the builder?
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a network in the precision that was decided on, or what an engine builder wants beside it.",
    discussion: """
      qdq        INT8 as QuantizeLinear and DequantizeLinear nodes; needs --calibration: a record, or a cache of any \
      format, so that an old TensorRT cache becomes a network that TensorRT 11 builds.
      fp16, bf16 a network typed in 16 bits, with Casts around the nodes that stay in FP32.
      mixed, mixed-bf16  INT8, the rest in 16 bits.
      opset      the same network with operators of a later version (--opset).
      trtexec    a calibration cache, and the command line for TensorRT up to 10.16.
      Any format of qtool cache convert: the calibration for that builder.

      Beside the output stands its record, <output>.json. A network that fails --verify is not written: one that does not \
      run, that computes something else than what qtool compare simulates, or of which a node gives other results in \
      onnxruntime for the same inputs.

      Examples:
        qtool export net.onnx --calibration TRT-8601.cache --format qdq -o net.int8.onnx
        qtool export net.onnx --format fp16 --keep-fp32 'head/.*' --keep-io-types -o net.fp16.onnx --verify
        qtool export net.onnx --format mixed --calibration net.json --plan plan.json -o net.mixed.onnx
        qtool export net.onnx --calibration net.json --format trtexec -o net.cache
      """)

  @Argument(help: ArgumentHelp("The network: an ONNX file.", valueName: "network"))
  var network: String

  @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("What to write; see above.", valueName: "format"))
  var format = "qdq"

  @Option(help: ArgumentHelp("The calibration record or cache.", valueName: "file"))
  var calibration: String?

  @Option(help: ArgumentHelp("Place INT8 as this builder wants it: \(Choices.targets.names).", valueName: "builder"))
  var target = "tensorrt"

  @Option(help: ArgumentHelp("Keep nodes whose name matches in FP32. May be repeated.", valueName: "regex"))
  var keepFp32: [String] = []

  @Option(
    help: ArgumentHelp("Keep nodes whose name matches out of INT8, in 16 bits. May be repeated.", valueName: "regex"))
  var keepFp16: [String] = []

  @Option(help: ArgumentHelp("A precision plan, as qtool fp16-audit writes it.", valueName: "file"))
  var plan: String?

  @Flag(help: "Keep the network's inputs and outputs in FP32.") var keepIoTypes = false

  @Option(
    help: ArgumentHelp(
      "Constants that 16 bits cannot hold: keep (their nodes stay in FP32), saturate or refuse.", valueName: "policy"))
  var overflow = "keep"

  @Flag(help: "Accept a calibration with names of another network or without some tensors.") var allowMissing = false

  @Flag(help: "Leave nodes of operators that qtool does not know, such as a builder's plugins, as they are in FP32.")
  var allowUnknownOperators = false

  @Option(help: ArgumentHelp("The least operator set of the result. [default: what it needs]", valueName: "number"))
  var opset: Int?

  @Flag(help: "Write large constants to <output>.data; always so from 2 GiB on.") var externalData = false

  @Flag(
    help: ArgumentHelp(
      "Read the result again and run it; fail where it is not what was predicted.",
      discussion: """
        Where Python (QTOOL_PYTHON, else python3) has onnxruntime, that computes every node too, from the same inputs.
        """))
  var verify = false

  @Option(
    help: ArgumentHelp(
      "An input's values for --verify. May be repeated. [default: seeded numbers]", valueName: "name=file.npy"))
  var verifyInput: [String] = []

  @Option(
    help: ArgumentHelp(
      "Take an input to have this shape, such as x:1x3x224x224. May be repeated.", valueName: "name:shape"))
  var inputShape: [String] = []

  @Option(help: ArgumentHelp("The builder's version for the header of a TensorRT cache.", valueName: "version"))
  var trtVersion: String?

  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print nothing but errors.") var quiet = false

  func run() throws {
    try Console.run { () throws(PipelineError) in
      var settings = ExportSettings(
        model: network, output: output, format: try Choices.exportFormat(format))
      settings.calibration = calibration
      settings.target = try Choices.target(target)
      settings.keepFP32 = keepFp32
      settings.keepFP16 = keepFp16
      settings.plan = plan
      settings.keepsIOTypes = keepIoTypes
      settings.overflow = try Choices.overflow(overflow)
      settings.allowsMissing = allowMissing
      settings.allowsUnknownOperators = allowUnknownOperators
      settings.opset = try Choices.opset(opset)
      settings.usesExternalData = externalData
      settings.verifies = verify
      settings.verificationInputs = verifyInput
      settings.inputShapes = inputShape
      settings.builderVersion = trtVersion
      try settings.requireUsefulFlags()
      let outcome = try ExportJob(settings).run()
      if !quiet { for warning in outcome.warnings { Console.diagnostic("warning: \(warning)") } }
      if json {
        Console.result(try outcome.json())
      } else if !quiet {
        Console.result(outcome.text)
      }
    }
  }
}
