import ArgumentParser
import Foundation
import Pipeline

/// Where a command's words go: results to standard output, everything else to standard error.
enum Console {
  static func result(_ text: String) { print(text) }

  static func diagnostic(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

  /// Runs a command's work; words what it throws and ends the program with its code.
  static func run(_ work: () throws(PipelineError) -> Void) throws {
    do throws(PipelineError) {
      try KernelChoice.check()
      try work()
    } catch {
      diagnostic("qtool: \(error)")
      throw ArgumentParser.ExitCode(error.code.rawValue)
    }
  }
}
