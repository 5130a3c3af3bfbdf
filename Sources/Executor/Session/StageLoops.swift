import TensorCore

/// Does what a stage says to the elements of `tensor`, in place. `other` is what ``StageKind/add(index:)`` adds.
func apply(_ stage: StageKind, to tensor: Tensor, other: Tensor?) {
  let values = unsafe tensor.elements(as: Float.self)
  switch stage {
  case .clip(let lower, let upper):
    for i in values.indices {
      // Comparisons, so that NaN passes.
      let x = unsafe values[i]
      let raised = x < lower ? lower : x
      unsafe values[i] = raised > upper ? upper : raised
    }
  case .add:
    guard let other else { return }
    let addend = unsafe other.elements(as: Float.self)
    for i in values.indices { unsafe values[i] += addend[i] }
  case .affine(let scale, let shift):
    let channels = scale.count
    let plane = tensor.shape.dimensions.dropFirst(2).reduce(1, *)
    guard channels > 0, plane > 0 else { return }
    for block in 0..<(values.count / plane) {
      let a = scale[block % channels], b = shift[block % channels]
      for i in (block * plane)..<((block + 1) * plane) { unsafe values[i] = values[i] * a + b }
    }
  }
}
