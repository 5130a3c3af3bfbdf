import Dispatch
import Glibc

/// Calls back once when the user presses Ctrl-C; a second time ends the program as usual.
final class Interrupt {
  private let source: any DispatchSourceSignal

  init(_ action: @escaping @Sendable () -> Void) {
    // A queue of its own: the workers may hold every thread that the shared ones have.
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: DispatchQueue(label: "interrupt"))
    source.setEventHandler {
      signal(SIGINT, SIG_DFL)
      action()
    }
    signal(SIGINT, SIG_IGN)
    source.resume()
  }

  /// Gives the signal back its usual meaning.
  func end() {
    source.cancel()
    signal(SIGINT, SIG_DFL)
  }
}
