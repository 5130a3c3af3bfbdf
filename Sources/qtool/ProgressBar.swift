import Foundation
import Glibc
import Synchronization

/// One line on standard error that shows how far a run is; silent where standard error is no terminal.
final class ProgressBar: Sendable {
  private struct State {
    var drawn = ""
    var started: ContinuousClock.Instant?
    var lastDrawing: ContinuousClock.Instant?
  }

  private let title: String
  private let isOn: Bool
  private let state = Mutex(State())

  init(_ title: String, isQuiet: Bool) {
    self.title = title
    isOn = !isQuiet && isatty(STDERR_FILENO) == 1
  }

  func update(done: Int, of total: Int) {
    guard isOn, total > 0 else { return }
    state.withLock { state in
      let now = ContinuousClock.now
      let started = state.started ?? now
      state.started = started
      // A terminal need not be told more often than an eye can follow.
      if done < total, let last = state.lastDrawing, now - last < .milliseconds(100) { return }
      state.lastDrawing = now
      let elapsed = (now - started) / .seconds(1)
      let rate = elapsed > 0 ? Double(done) / elapsed : 0
      let filled = 24 * done / total
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
      let speed = rate > 0 ? "  \(Int(rate.rounded()))/s" : ""
      state.drawn = "\r\(title) \(bar) \(done)/\(total)\(speed)\u{1b}[K"
      write(state.drawn)
    }
  }

  /// Removes the line.
  func finish() {
    guard isOn else { return }
    state.withLock { state in if !state.drawn.isEmpty { write("\r\u{1b}[K") } }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
