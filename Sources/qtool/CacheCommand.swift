import ArgumentParser
import Pipeline

/// `qtool cache`: what is in this cache, is it sound?
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Show, check, compare and convert calibration caches.",
    discussion: """
      Formats, recognized by their content:
      \(Choices.cacheFormats.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

      Examples:
        qtool cache show net.cache --sort scale
        qtool cache lint net.cache --model net.onnx --fail-on warning
        qtool cache diff old.cache new.cache
        qtool cache convert net.cache -o net.json --format onnxruntime-json
      """,
    subcommands: [
      CacheShowCommand.self, CacheLintCommand.self, CacheDiffCommand.self, CacheConvertCommand.self,
      CacheFromQDQCommand.self,
    ])

  /// For the flags that name a format.
  static let formatNames = Choices.cacheFormats.names
}
