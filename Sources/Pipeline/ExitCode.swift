/// How a command ended, as its caller sees it. The numbers are stable; 64 to 78 follow BSD's `sysexits.h`.
package enum ExitCode: Int32, Sendable {
  case success = 0
  /// A check that the user asked for failed.
  case checkFailed = 1
  case usage = 64
  case badData = 65
  case missingInput = 66
  case internalError = 70
  case cannotWrite = 73
  /// Ended by SIGINT.
  case interrupted = 130
}
