import Synchronization
import TensorCore

/// A kernel whose constant weights lie in an order of its own.
protocol PackedKernel: Kernel {
  var weights: PackedWeights { get }
}

/// Weights in the order that a kernel wants, packed when they are asked for first, and kept.
final class PackedWeights: Sendable {
  private enum State {
    case waiting(@Sendable () -> TensorBuffer)
    case packed(TensorBuffer)
  }

  private let state: Mutex<State>

  /// - Parameter pack: Called once at most; let go afterwards, with what it holds.
  init(_ pack: @escaping @Sendable () -> TensorBuffer) { state = Mutex(.waiting(pack)) }

  /// The weights; waits where another thread packs them.
  var elements: TensorBuffer {
    state.withLock { state in
      switch state {
      case .packed(let buffer): return buffer
      case .waiting(let pack):
        let buffer = pack()
        state = .packed(buffer)
        return buffer
      }
    }
  }
}

/// All weights of a plan, for the workers to pack together before they run its first sample.
final class PackingQueue: Sendable {
  private let weights: [PackedWeights]
  private let next = Atomic<Int>(0)

  init(_ weights: [PackedWeights]) { self.weights = weights }

  /// Packs what no other thread has begun to pack.
  func help() {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < weights.count else {
        // However many sessions come, the number does not pass the end by more than theirs.
        next.store(weights.count, ordering: .relaxed)
        return
      }
      _ = weights[index].elements
    }
  }
}
