import TensorCore

/// Tensors of one type, one beside the other along a new axis; nil where there are none.
func stacked(
  _ parts: [Tensor], along axis: Int, output: Int, _ node: NodeLabel
) throws(OperatorError) -> Tensor? {
  guard let first = parts.first else { return nil }
  if let other = parts.first(where: { $0.type != first.type }) {
    throw OperatorError(
      node, .value("expected the same type at every turn for output \(output), found \(first.type) and \(other.type)"))
  }
  let axis = try normalizedAxis(axis, rank: first.shape.rank + 1, node: node)
  var shape = first.shape
  shape.dimensions.insert(parts.count, at: axis)
  let result = Tensor(uninitialized: TensorType(shape, first.elementType))
  let outer = shape.dimensions.prefix(axis).reduce(1, *)
  let slice = first.shape.dimensions.dropFirst(axis).reduce(1, *) * first.elementType.byteCount
  for (index, part) in parts.enumerated() {
    for row in 0..<outer {
      unsafe (result.base + (row * parts.count + index) * slice).copyMemory(
        from: part.base + row * slice, byteCount: slice)
    }
  }
  return result
}
