import ArgumentParser
import Pipeline

/// `qtool cache convert`: the same scales for another reader.
struct CacheConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a calibration cache in another format, for another builder, or under other names.",
    discussion: """
      Without --format the format stays, and only what its own writer would do otherwise is mended. What the new \
      format cannot hold is listed on standard error.

      --names-from keeps the names and the order of a cache that the engine builder made for the same network. Tensors \
      that its parser made get the scale of the tensor whose values they hold; names that find no new scale keep the \
      old one and are listed.

      Formats: \(CacheCommand.formatNames).

      Examples:
        qtool cache convert net.cache -o net.flatbuffers --format onnxruntime-flatbuffers
        qtool cache convert net.cache -o trt10.cache --trt-version 10.9.0
        qtool cache convert new.cache -o engine.cache --names-from engine-old.cache
      """)

  @Argument(help: ArgumentHelp("The calibration cache.", valueName: "cache"))
  var cache: String

  @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @Option(help: ArgumentHelp("The format to write. [default: that of the cache]", valueName: "format"))
  var format: String?

  @Option(help: ArgumentHelp("The cache's format. [default: recognized by its content]", valueName: "format"))
  var from: String?

  @Option(help: ArgumentHelp("The builder's version, such as 8.6.1 or 10.9.0, for the header.", valueName: "version"))
  var trtVersion: String?

  @Option(
    help: ArgumentHelp("The calibrator for the header: EntropyCalibration2 or MinMaxCalibration.", valueName: "name"))
  var calibrator: String?

  @Option(help: ArgumentHelp("Keep the names and the order of this cache.", valueName: "old"))
  var namesFrom: String?

  @Option(help: ArgumentHelp("The network, whose nodes help to map names: an ONNX file.", valueName: "network"))
  var model: String?

  @Flag(help: "With --names-from: leave out names without a new scale.") var dropUnmapped = false
  @Flag(help: "Print the result as JSON.") var json = false
  @Flag(help: "Print nothing but errors.") var quiet = false

  func validate() throws {
    if namesFrom == nil, dropUnmapped { throw ValidationError("--drop-unmapped: expected --names-from, found none") }
    if namesFrom == nil, model != nil { throw ValidationError("--model: expected --names-from, found none") }
  }

  func run() throws {
    try Console.run { () throws(PipelineError) in
      var conversion = CacheConversion(input: cache, output: output)
      conversion.sourceFormat = from
      conversion.format = format
      conversion.builderVersion = trtVersion
      conversion.calibrator = calibrator
      conversion.namesFrom = namesFrom
      conversion.model = model
      conversion.dropsUnmapped = dropUnmapped
      let result = try conversion.run()
      if !quiet { for warning in result.warnings { Console.diagnostic("warning: \(warning)") } }
      if json {
        Console.result(try result.json())
      } else if !quiet {
        Console.result(result.text)
      }
    }
  }
}
