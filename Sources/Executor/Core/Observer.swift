/// Looks at the values of tensors while a sample runs.
///
/// A session calls it from its own thread only, tensor by tensor as they are computed.
package protocol TensorObserver: AnyObject {
  /// - Parameters:
  ///   - tensor: Which one: an index into ``Network/tensors``.
  ///   - sample: The sample's rank: its place in the manifest, whichever worker runs it.
  ///   - values: Its elements, in no promised order; valid during the call only.
  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>)
}

/// Which tensors an observer is shown.
package enum ObservationScope: Sendable, Hashable {
  case nothing
  /// Every float tensor that depends on an input; those that derive exactly from others are left out.
  case all
  /// The tensors of these indices into ``Network/tensors``.
  case only(Set<Int>)
}

extension ObservationScope {
  /// Whether the observer is shown the tensor at `index` of a network's `tensors`.
  package func holds(_ index: Int, of tensors: [Network.ObservableTensor]) -> Bool {
    switch self {
    case .nothing: false
    case .all: tensors[index].derivation == nil
    case .only(let chosen): chosen.contains(index)
    }
  }
}

/// A tensor that is not shown because its statistics are gathered while its source is: see ``Derivation/clip(index:upper:)``.
package struct ClippedTensor: Sendable, Equatable {
  /// Which one: an index into ``Network/tensors``.
  package let tensor: Int
  package let upper: Float
}

extension Network {
  /// What an observer of `scope` has to gather along with the tensors that it is shown, by tensor shown.
  package func clipped(in scope: ObservationScope) -> [Int: ClippedTensor] {
    var found: [Int: ClippedTensor] = [:]
    for (index, tensor) in tensors.enumerated() {
      guard case .clip(let source, let upper)? = tensor.derivation else { continue }
      if scope.holds(source, of: tensors) && !scope.holds(index, of: tensors) {
        found[source] = ClippedTensor(tensor: index, upper: upper)
      }
    }
    return found
  }
}
