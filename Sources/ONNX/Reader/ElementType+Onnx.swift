import OnnxProto
package import TensorCore

extension ElementType {
  /// The type that ONNX numbers so, or nil where it is none of numbers of 8 to 64 bits.
  package init?(onnx code: Int32) {
    guard let type = OnnxTensorProto.DataType(rawValue: Int(code)) else { return nil }
    switch type {
    case .float: self = .float32
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .uint16: self = .uint16
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .bool: self = .bool
    case .float16: self = .float16
    case .double: self = .float64
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .bfloat16: self = .bfloat16
    case .undefined, .string, .complex64, .complex128, .float8E4M3Fn, .float8E4M3Fnuz, .float8E5M2, .float8E5M2Fnuz,
      .uint4, .int4, .float4E2M1, .float8E8M0, .uint2, .int2:
      return nil
    }
  }

  /// The number that ONNX gives this type.
  package var onnx: Int32 {
    let type: OnnxTensorProto.DataType =
      switch self {
      case .float32: .float
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float64: .double
      case .int8: .int8
      case .int16: .int16
      case .int32: .int32
      case .int64: .int64
      case .uint8: .uint8
      case .uint16: .uint16
      case .uint32: .uint32
      case .uint64: .uint64
      case .bool: .bool
      }
    return Int32(type.rawValue)
  }
}

/// What a message calls the elements that ONNX numbers so and that are no `ElementType`.
func elementName(onnx code: Int32) -> String {
  guard let type = OnnxTensorProto.DataType(rawValue: Int(code)) else { return "elements of the unknown type \(code)" }
  return switch type {
  case .undefined: "elements without a type"
  case .string: "strings"
  case .complex64, .complex128: "complex numbers"
  case .float8E4M3Fn: "float8e4m3fn"
  case .float8E4M3Fnuz: "float8e4m3fnuz"
  case .float8E5M2: "float8e5m2"
  case .float8E5M2Fnuz: "float8e5m2fnuz"
  case .float8E8M0: "float8e8m0"
  case .float4E2M1: "float4e2m1"
  case .uint4: "uint4"
  case .int4: "int4"
  case .uint2: "uint2"
  case .int2: "int2"
  default: "\(ElementType(onnx: code).map(\.rawValue) ?? "type \(code)")"
  }
}
