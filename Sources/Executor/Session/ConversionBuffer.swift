import TensorCore

/// Gives the elements of any floating-point tensor as `Float`s, in memory that it keeps.
@safe
final class ConversionBuffer {
  private var buffer = TensorBuffer(byteCount: 0)

  /// The elements of `tensor`, valid until the next call; nil where they are not floating-point numbers.
  func floats(of tensor: Tensor) -> UnsafeBufferPointer<Float>? {
    switch tensor.elementType {
    case .float32: unsafe UnsafeBufferPointer(tensor.elements(as: Float.self))
    case .float16: unsafe convert(tensor.elements(as: Float16.self)) { Float($0) }
    case .bfloat16: unsafe convert(tensor.elements(as: BFloat16.self)) { Float($0) }
    case .float64: unsafe convert(tensor.elements(as: Double.self)) { Float($0) }
    default: nil
    }
  }

  private func convert<Element>(
    _ source: UnsafeMutableBufferPointer<Element>, _ widen: (Element) -> Float
  ) -> UnsafeBufferPointer<Float> {
    let byteCount = source.count * MemoryLayout<Float>.stride
    if buffer.byteCount < byteCount { buffer = TensorBuffer(byteCount: byteCount) }
    let target = unsafe UnsafeMutableBufferPointer(
      start: buffer.base.assumingMemoryBound(to: Float.self), count: source.count)
    for i in 0..<source.count { unsafe target[i] = widen(source[i]) }
    return UnsafeBufferPointer(target)
  }
}
