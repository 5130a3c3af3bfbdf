package import TensorCore

/// A type of floats of 16 bits that a network can be written in.
package enum HalfType: String, Sendable, Hashable, CaseIterable {
  case fp16, bf16

  package var elementType: ElementType { self == .fp16 ? .float16 : .bfloat16 }

  /// The largest finite number.
  package var largest: Float { self == .fp16 ? 65504 : Float(bitPattern: 0x7f7f_0000) }

  func rounded(_ value: Float) -> Float { self == .fp16 ? binary16Rounded(value) : bfloat16Rounded(value) }

  /// Whether a finite number becomes infinite.
  func overflows(_ value: Float) -> Bool { value.isFinite && rounded(value).isInfinite }

  /// Whether the number is one of this type's and not smaller than its smallest normal number.
  func isExactlyNormal(_ value: Float) -> Bool {
    rounded(value) == value && value.magnitude >= (self == .fp16 ? 0x1p-14 : .leastNormalMagnitude)
  }

  /// A float32 tensor in this type, each element rounded to the nearest, ties to even.
  ///
  /// - Parameter saturates: Whether finite numbers that would become infinite become the largest finite one.
  func converted(_ tensor: Tensor, saturates: Bool) -> Tensor {
    let result = Tensor(uninitialized: TensorType(tensor.shape, elementType))
    let source = unsafe tensor.elements(as: Float.self)
    func value(_ index: Int) -> Float {
      let value = unsafe source[index]
      guard saturates, overflows(value) else { return value }
      return value < 0 ? -largest : largest
    }
    switch self {
    case .fp16:
      let target = unsafe result.elements(as: Float16.self)
      for index in source.indices { unsafe target[index] = Float16(value(index)) }
    case .bf16:
      let target = unsafe result.elements(as: BFloat16.self)
      for index in source.indices { unsafe target[index] = BFloat16(value(index)) }
    }
    return result
  }
}
