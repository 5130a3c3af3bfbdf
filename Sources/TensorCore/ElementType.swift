/// The type of a tensor's elements: what ONNX calls its data type, for the types that hold numbers.
package enum ElementType: String, Sendable, Hashable, CaseIterable {
  case float32, float16, bfloat16, float64
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool

  /// The size of one element in bytes.
  package var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Whether the elements are real numbers rather than integers or truth values.
  package var isFloatingPoint: Bool {
    switch self {
    case .float32, .float16, .bfloat16, .float64: true
    default: false
    }
  }
}

extension ElementType: CustomStringConvertible {
  package var description: String { rawValue }
}

/// A Swift type whose values can be a tensor's elements.
package protocol TensorElement: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
}

extension Float: TensorElement { package static var elementType: ElementType { .float32 } }
extension Float16: TensorElement { package static var elementType: ElementType { .float16 } }
extension BFloat16: TensorElement { package static var elementType: ElementType { .bfloat16 } }
extension Double: TensorElement { package static var elementType: ElementType { .float64 } }
extension Int8: TensorElement { package static var elementType: ElementType { .int8 } }
extension Int16: TensorElement { package static var elementType: ElementType { .int16 } }
extension Int32: TensorElement { package static var elementType: ElementType { .int32 } }
extension Int64: TensorElement { package static var elementType: ElementType { .int64 } }
extension UInt8: TensorElement { package static var elementType: ElementType { .uint8 } }
extension UInt16: TensorElement { package static var elementType: ElementType { .uint16 } }
extension UInt32: TensorElement { package static var elementType: ElementType { .uint32 } }
extension UInt64: TensorElement { package static var elementType: ElementType { .uint64 } }
extension Bool: TensorElement { package static var elementType: ElementType { .bool } }
