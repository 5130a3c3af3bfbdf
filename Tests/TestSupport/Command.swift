import Dispatch
import Foundation
import Glibc

/// A program to run, and how.
package struct Command {
  package var program: String
  package var arguments: [String]
  package var folder: String
  /// Laid over the environment of the tests; nil removes a variable.
  package var environment: [String: String?] = [:]
  /// How long the program may take before it is killed.
  package var timeout: Duration = .seconds(300)

  package init(_ program: String, _ arguments: [String], in folder: String) {
    self.program = program
    self.arguments = arguments
    self.folder = folder
  }

  /// What a program left when it ended.
  package struct Result: Sendable {
    /// The exit code; 128 and the signal's number where a signal ended it.
    package let code: Int32
    package let output: String
    package let errors: String
    /// What it said on standard error, line by line.
    package var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    /// The largest resident size that was seen, in bytes; 0 where nobody asked.
    package var peakMemory = 0
  }

  /// Runs the program to its end.
  ///
  /// - Parameter meanwhile: Called on this thread once the program runs.
  package func run(meanwhile: (RunningProgram) -> Void = { _ in }) throws -> Result {
    // Files rather than pipes: nobody need empty them while the program runs.
    let folder = try TemporaryFolder()
    let outputPath = try folder.write("", to: "stdout"), errorPath = try folder.write("", to: "stderr")
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: self.folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment.compactMapValues { $0 }) { $1 }
      .filter { name, _ in environment[name].map { $0 != nil } ?? true }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: outputPath)
    process.standardError = FileHandle(forWritingAtPath: errorPath)
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    try withoutBlockedSignals { try process.run() }
    let running = RunningProgram(identifier: process.processIdentifier, ended: ended, timeout: timeout)
    meanwhile(running)
    running.waitForEnd()
    let code = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
    return Result(
      code: code, output: try text(of: outputPath), errors: try text(of: errorPath), peakMemory: running.peakMemory)
  }
}

/// Runs `body` with every signal let through: a program inherits what the thread that starts it blocks, and the threads
/// on which tests run block nearly all.
private func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
  var none = sigset_t(), before = sigset_t()
  unsafe sigemptyset(&none)
  unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
  defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
  try body()
}

/// A program while it runs. It is killed when its time is over, whatever it is waited for.
package final class RunningProgram {
  private let identifier: Int32
  private let ended: DispatchSemaphore
  private let deadline: ContinuousClock.Instant
  private var hasEnded = false
  package private(set) var peakMemory = 0

  init(identifier: Int32, ended: DispatchSemaphore, timeout: Duration) {
    self.identifier = identifier
    self.ended = ended
    deadline = ContinuousClock.now + timeout
  }

  package func send(signal: Int32) { kill(identifier, signal) }

  /// Waits until the program ends, at most so long; answers whether it has ended.
  @discardableResult
  package func waitForEnd(_ duration: Duration) -> Bool {
    guard !hasEnded else { return true }
    let left = max(min(duration, deadline - .now), .zero)
    hasEnded = ended.wait(timeout: .now() + .nanoseconds(Int(left / .nanoseconds(1)))) == .success
    if !hasEnded && deadline <= .now {
      kill(identifier, SIGKILL)
      ended.wait()
      hasEnded = true
    }
    return hasEnded
  }

  /// Waits until the program ends or its time is over.
  package func waitForEnd() { waitForEnd(deadline - .now) }

  /// Notes the largest resident size until the program ends.
  ///
  /// The system keeps that figure itself, so nothing between two looks is missed but the program's last moments. What
  /// it reports of ended children would not do: there the size of the parent is part of it.
  package func followMemory() {
    repeat {
      if let kilobytes = Int(field("VmHWM")?.split(separator: " ").first ?? "") { peakMemory = kilobytes * 1024 }
    } while !waitForEnd(.milliseconds(5))
  }

  /// Whether the program takes the signal into its own hands instead of being ended by it.
  package func handles(signal: Int32) -> Bool {
    ["SigCgt", "SigIgn"].contains { name in
      guard let mask = field(name).flatMap({ UInt64($0, radix: 16) }) else { return false }
      return mask >> UInt64(signal - 1) & 1 == 1
    }
  }

  /// A field of the system's description of the process.
  private func field(_ name: String) -> String? {
    guard let status = FileManager.default.contents(atPath: "/proc/\(identifier)/status") else { return nil }
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line.map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
  }
}
