import KernelInterface
import Synchronization
import TensorCore

/// Constant weights in the order of ``PanelLayout``, packed when they are asked for first.
final class PackedPanels: Sendable {
  /// What the weights are.
  enum Kind: Hashable {
    /// Of a convolution, `[M, C / group, …]`; packed group after group.
    case filters(group: Int)
    /// Of a product, `[K, N]`, or `[N, K]` where it is transposed. Each of the `N` columns is a channel.
    case matrix(isTransposed: Bool)
    /// Of a convolution of 3×3 windows, `[M, C, 3, 3]`, as Winograd's transform takes them.
    case winograd
  }

  let weights: PackedWeights
  /// Kept, so that no other weights come to lie where these do.
  let source: Tensor

  private struct Key: Hashable {
    let address: UInt
    let extents: [Int]
    let kind: Kind
    let instructionSet: String
  }

  private struct Reference {
    weak var panels: PackedPanels?
  }

  /// A network may have many plans: whoever asks for a packing while one lives shares it.
  private static let living = Mutex<[Key: Reference]>([:])

  /// The packing of constant weights, shared with whoever else asked for it.
  static func shared(_ weights: Tensor, as kind: Kind, for table: KernelTable) -> PackedPanels {
    let key = Key(
      address: unsafe UInt(bitPattern: weights.base), extents: weights.shape.dimensions, kind: kind,
      instructionSet: table.name)
    return living.withLock { living in
      if let found = living[key]?.panels { return found }
      living = living.filter { $0.value.panels != nil }
      // Nothing is packed yet, so the lock is held for a moment only.
      let made = PackedPanels(weights, as: kind, for: table)
      living[key] = Reference(panels: made)
      return made
    }
  }

  /// - Parameter weights: Of float32, row-major.
  init(_ weights: Tensor, as kind: Kind, for table: KernelTable) {
    source = weights
    self.weights = PackedWeights {
      switch kind {
      case .filters(let group): PackedPanels.filters(weights, group: group, for: table)
      case .matrix(let isTransposed): PackedPanels.matrix(weights, isTransposed: isTransposed, for: table)
      case .winograd: PackedPanels.winograd(weights, for: table)
      }
    }
  }
}
