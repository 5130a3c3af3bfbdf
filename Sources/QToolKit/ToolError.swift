import Pipeline

/// Why a call could not do its work.
public struct ToolError: Error, Sendable, CustomStringConvertible {
  /// The exit code that the command line ends with: 1 a check failed, 64 usage, 65 bad data, 66 missing input, 70
  /// internal error, 73 cannot write, 130 interrupted.
  public let exitCode: Int32
  /// One line: *place: what was expected, what was found; what to do*.
  public let description: String

  init(_ error: PipelineError) {
    exitCode = error.code.rawValue
    description = error.description
  }
}
