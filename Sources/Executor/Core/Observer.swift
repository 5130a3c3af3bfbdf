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
