import Dispatch
import Foundation
import Glibc
import Synchronization

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
    let identifier = try spawn(outputPath: outputPath, errorPath: errorPath)
    let running = RunningProgram(identifier: identifier, timeout: timeout)
    meanwhile(running)
    return Result(
      code: running.waitForEnd(), output: try text(of: outputPath), errors: try text(of: errorPath),
      peakMemory: running.peakMemory)
  }

  /// Starts the program through `posix_spawn`; answers its process identifier.
  ///
  /// Foundation's `Process` keeps file descriptors of programs that have ended, and reads past a buffer once some
  /// thirteen hundred are open: a run of all tests starts more programs than that.
  private func spawn(outputPath: String, errorPath: String) throws -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY, 0)
    // Nothing else is passed on: a program somebody still holds open for writing cannot be started.
    for descriptor in Int32(3)..<256 { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
    // A program inherits what the thread that starts it blocks, and the threads on which tests run block nearly all.
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let variables = ProcessInfo.processInfo.environment.merging(environment.compactMapValues { $0 }) { $1 }
      .filter { name, _ in environment[name].map { $0 != nil } ?? true }
    var identifier = pid_t()
    // `env` enters the folder and becomes the program: the same process from then on.
    let env = "/usr/bin/env"
    let failure = unsafe withCStrings([env, "-C", folder, program] + arguments) { arguments in
      unsafe withCStrings(variables.map { "\($0)=\($1)" }) { variables in
        unsafe posix_spawn(&identifier, env, &actions, &attributes, arguments, variables)
      }
    }
    guard failure == 0 else { throw CocoaError(.executableNotLoadable, userInfo: [NSFilePathErrorKey: env]) }
    return identifier
  }
}

/// Calls `body` with the strings as C has its arguments: an array that ends in nil.
private func withCStrings<Value>(
  _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) throws -> Value
) rethrows -> Value {
  var pointers = unsafe strings.map { unsafe strdup($0) } + [nil]
  defer { unsafe pointers.forEach { unsafe free($0) } }
  return try unsafe pointers.withUnsafeMutableBufferPointer { buffer in
    // Never nil: the array holds at least its end.
    guard let start = buffer.baseAddress else { preconditionFailure("an array with an end is not empty") }
    return try unsafe body(start)
  }
}

/// A program while it runs. It is killed when its time is over, whatever it is waited for.
package final class RunningProgram: @unchecked Sendable {
  private let identifier: pid_t
  private let ended = DispatchSemaphore(value: 0)
  private let deadline: ContinuousClock.Instant
  private let status = Mutex<Int32>(0)
  private var hasEnded = false
  package private(set) var peakMemory = 0

  init(identifier: pid_t, timeout: Duration) {
    self.identifier = identifier
    deadline = ContinuousClock.now + timeout
    // A thread of its own: tests may keep every thread of the shared queues busy.
    Thread.detachNewThread { [self] in
      status.withLock { status in
        while unsafe waitpid(identifier, &status, 0) == -1 && errno == EINTR {}
      }
      ended.signal()
    }
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

  /// Waits until the program ends or its time is over; answers its exit code, or 128 and the number of the signal that
  /// ended it.
  @discardableResult
  package func waitForEnd() -> Int32 {
    waitForEnd(deadline - .now)
    let status = status.withLock { $0 }
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }

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
