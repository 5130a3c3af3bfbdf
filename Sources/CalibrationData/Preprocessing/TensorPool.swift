import TensorCore

/// Gives the memory of a tensor again once nobody holds the tensor.
struct TensorPool {
  private var buffers: [TensorBuffer] = []

  /// How many buffers are kept: a sample of several inputs takes one for each.
  private static let limit = 8

  /// A float tensor of `type` whose values are undefined.
  mutating func tensor(of type: TensorType) -> Tensor {
    for index in buffers.indices
    where buffers[index].byteCount == type.byteCount && isKnownUniquelyReferenced(&buffers[index]) {
      return Tensor(type: type, buffer: buffers[index])
    }
    let buffer = TensorBuffer(byteCount: type.byteCount)
    if buffers.count == Self.limit { buffers.removeFirst() }
    buffers.append(buffer)
    return Tensor(type: type, buffer: buffer)
  }
}
