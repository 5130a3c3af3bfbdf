extension Plan {
  /// What to observe so that every tensor is known that still exists once nodes are fused as this plan fuses them.
  ///
  /// An engine builder reads no scale for a tensor inside a fused layer, between a convolution and its activation for
  /// one. Tensors that derive exactly from others of the set are left out, as in ``ObservationScope/all``, unless
  /// `derivedToo`.
  ///
  /// The set is an ``ObservationScope`` for plans of other shapes too: there its tensors are observed however they fuse.
  package func fusedTensors(derivedToo: Bool = false) -> Set<Int> {
    var isKnown = Array(repeating: false, count: network.tensors.count)
    var looked: Set<Int> = []
    for (index, tensor) in network.tensors.enumerated() where !interior.contains(tensor.value) {
      isKnown[index] = true
      let derives = tensor.derivation?.sources.allSatisfy { isKnown[$0] } ?? false
      if !derives || derivedToo { looked.insert(index) }
    }
    return looked
  }
}
