import CalibrationData
import Foundation

/// A program of the user's that reads outputs and prints how good they are.
package struct MetricCommand: Sendable, Hashable {
  /// The program and its arguments; `{outputs}` in any of them stands for the folder of outputs.
  package let words: [String]
  package var label = "Metric"
  package var isLowerBetter = false

  /// Of the metric in reports; no task's metric has it.
  static let key = "metric"
  /// What stands for the folder of outputs.
  private static let placeholder = "{outputs}"

  /// Takes the command apart as a POSIX shell would, quotes and backslashes only: nothing is expanded and no shell
  /// runs, unless the command names one, as in `sh -c '…'`.
  ///
  /// - Throws: ``PipelineError`` for a quote that does not end, and for no words.
  package init(_ text: String) throws(PipelineError) {
    words = try Self.split(text)
    guard !words.isEmpty else {
      throw PipelineError(.usage, "--metric-command: expected a program, found nothing; name one")
    }
  }

  private static func split(_ text: String) throws(PipelineError) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    for character in text {
      if isEscaped {
        // Within double quotes a backslash protects only what would be special there.
        if quote == "\"", character != "\"", character != "\\" { word?.append("\\") }
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
        word = word ?? ""
      } else if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    guard quote == nil, !isEscaped else {
      throw PipelineError(
        .usage, "--metric-command: expected a quote or a backslash that ends, found '\(text)'; correct it")
    }
    if let word { words.append(word) }
    return words
  }

  /// Runs the program over one precision's outputs.
  ///
  /// - Parameters:
  ///   - folder: Holds an `.npy` file for each output and `samples.csv`; it is given in place of `{outputs}`, or as the
  ///     last argument.
  ///   - precision: For the program in QTOOL_PRECISION, and for messages.
  /// - Returns: One figure for the whole set, or one for each sample.
  /// - Throws: ``PipelineError`` where the program cannot be started, ends with an error, or prints anything else.
  func run(on folder: String, precision: String, sampleCount: Int) throws(PipelineError) -> [Double] {
    var arguments = words.map { $0.replacingOccurrences(of: Self.placeholder, with: folder) }
    if arguments == words { arguments.append(folder) }
    let place = "--metric-command in \(precision)"
    let scratch = try ScratchFolder()
    let output = "\(scratch.path)/output", errors = "\(scratch.path)/errors"
    // Files rather than pipes: a program may say as much as it likes on either.
    for path in [output, errors] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["QTOOL_PRECISION": precision]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    do {
      try process.run()
    } catch {
      throw PipelineError(.usage, "\(place): expected a program that can be started, found '\(words[0])'; check it")
    }
    process.waitUntilExit()
    let said = Self.lines(of: output)
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      // env's own codes: the program is not there, or is none.
      if process.terminationReason == .exit, [126, 127].contains(process.terminationStatus) {
        throw PipelineError(.usage, "\(place): expected a program that can be started, found '\(words[0])'; check it")
      }
      let reason = Self.lines(of: errors).last ?? "it gave no reason"
      let how =
        process.terminationReason == .exit
        ? "the exit code \(process.terminationStatus)" : "signal \(process.terminationStatus)"
      throw PipelineError(
        .badData, "\(place): expected the program to end well, found \(how) (\(reason.prefix(200))); mend it")
    }
    let numbers = said.compactMap { Double($0) }.filter(\.isFinite)
    guard numbers.count == said.count, numbers.count == 1 || numbers.count == sampleCount else {
      let found =
        said.isEmpty
        ? "nothing"
        : numbers.count == said.count
          ? "\(said.count) numbers" : "'\((said.first { Double($0)?.isFinite != true } ?? "").prefix(60))'"
      throw PipelineError(
        .badData,
        "\(place): expected one finite number on standard output, or a line for each of the \(sampleCount) samples, "
          + "found \(found); let the program print nothing else")
    }
    return numbers
  }

  private static func lines(of path: String) -> [String] {
    let bytes = FileManager.default.contents(atPath: path) ?? Data()
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}

extension MetricCommand {
  /// Rates every precision's outputs.
  ///
  /// - Parameter count: Of the samples.
  func metric(_ spool: OutputSpool, count: Int) throws(PipelineError) -> ComparisonMetric {
    var parts: [[Double]] = []
    for (index, precision) in spool.precisions.enumerated() {
      let folder = try spool.folder(index)
      parts.append(try run(on: folder, precision: precision, sampleCount: count))
    }
    guard parts.allSatisfy({ $0.count == count }) else {
      guard parts.allSatisfy({ $0.count == 1 }) else {
        throw PipelineError(
          .badData,
          "--metric-command: expected as many numbers for each precision, found one for some and \(count) for others")
      }
      // One number for the whole set says nothing of other sets: it has neither interval nor slices.
      let values = parts.map { $0[0] }
      return ComparisonMetric(Self.key, label, unit: .number, isLowerBetter: isLowerBetter) { column, drawn in
        drawn == nil ? values[column] : .nan
      }
    }
    return .ratio(Self.key, label, unit: .number, isLowerBetter: isLowerBetter, parts: parts)
  }
}
