import ONNX
import TensorCore

extension ElementType {
  /// The type that ONNX's `TensorProto.DataType` numbers so; nil for text, complex and the sub-byte types.
  init?(onnxCode: Int) {
    switch onnxCode {
    case 1: self = .float32
    case 2: self = .uint8
    case 3: self = .int8
    case 4: self = .uint16
    case 5: self = .int16
    case 6: self = .int32
    case 7: self = .int64
    case 9: self = .bool
    case 10: self = .float16
    case 11: self = .float64
    case 12: self = .uint32
    case 13: self = .uint64
    case 16: self = .bfloat16
    default: return nil
    }
  }
}

/// Writes the elements of `source` to `target` as numbers of its type; see ONNX's Cast.
func convert(_ source: Tensor, to target: Tensor) {
  switch source.elementType {
  case .float32: unsafe fromReal(source.elements(as: Float.self), to: target) { Double($0) }
  case .float64: unsafe fromReal(source.elements(as: Double.self), to: target) { $0 }
  case .float16: unsafe fromReal(source.elements(as: Float16.self), to: target) { Double($0) }
  case .bfloat16: unsafe fromReal(source.elements(as: BFloat16.self), to: target) { Double(Float($0)) }
  case .int8: unsafe fromInteger(source.elements(as: Int8.self), to: target)
  case .int16: unsafe fromInteger(source.elements(as: Int16.self), to: target)
  case .int32: unsafe fromInteger(source.elements(as: Int32.self), to: target)
  case .int64: unsafe fromInteger(source.elements(as: Int64.self), to: target)
  case .uint8: unsafe fromInteger(source.elements(as: UInt8.self), to: target)
  case .uint16: unsafe fromInteger(source.elements(as: UInt16.self), to: target)
  case .uint32: unsafe fromInteger(source.elements(as: UInt32.self), to: target)
  case .uint64: unsafe fromInteger(source.elements(as: UInt64.self), to: target)
  case .bool:
    let bytes = unsafe UnsafeMutableBufferPointer(
      start: source.base.assumingMemoryBound(to: UInt8.self), count: source.count)
    unsafe fromInteger(bytes, to: target)
  }
}

private func fromReal<Source>(
  _ source: UnsafeMutableBufferPointer<Source>, to target: Tensor, _ widen: (Source) -> Double
) {
  func write<Element: TensorElement>(_ narrow: (Double) -> Element) {
    let target = unsafe target.elements(as: Element.self)
    for i in source.indices { unsafe target[i] = narrow(widen(source[i])) }
  }
  func writeInteger<Element: TensorElement & FixedWidthInteger>(_ type: Element.Type) {
    write { (value: Double) -> Element in
      guard !value.isNaN else { return 0 }
      let whole = value.rounded(.towardZero)
      return Element(exactly: whole) ?? (whole < 0 ? Element.min : Element.max)
    }
  }
  switch target.elementType {
  case .float32: write { Float($0) }
  case .float64: write { $0 }
  // A double rounded to float first could land on a tie that it was not: binary16 is rounded from the double itself.
  case .float16: write { Float16($0) }
  case .bfloat16: write { BFloat16(Float($0)) }
  case .int8: writeInteger(Int8.self)
  case .int16: writeInteger(Int16.self)
  case .int32: writeInteger(Int32.self)
  case .int64: writeInteger(Int64.self)
  case .uint8: writeInteger(UInt8.self)
  case .uint16: writeInteger(UInt16.self)
  case .uint32: writeInteger(UInt32.self)
  case .uint64: writeInteger(UInt64.self)
  case .bool: write { $0 != 0 }
  }
}

private func fromInteger<Source: FixedWidthInteger>(_ source: UnsafeMutableBufferPointer<Source>, to target: Tensor) {
  func write<Element: TensorElement>(_ make: (Source) -> Element) {
    let target = unsafe target.elements(as: Element.self)
    for i in source.indices { unsafe target[i] = make(source[i]) }
  }
  switch target.elementType {
  case .float32: write { Float($0) }
  case .float64: write { Double($0) }
  case .float16: write { Float16(Double($0)) }
  case .bfloat16: write { BFloat16(Float($0)) }
  case .int8: write { Int8(truncatingIfNeeded: $0) }
  case .int16: write { Int16(truncatingIfNeeded: $0) }
  case .int32: write { Int32(truncatingIfNeeded: $0) }
  case .int64: write { Int64(truncatingIfNeeded: $0) }
  case .uint8: write { UInt8(truncatingIfNeeded: $0) }
  case .uint16: write { UInt16(truncatingIfNeeded: $0) }
  case .uint32: write { UInt32(truncatingIfNeeded: $0) }
  case .uint64: write { UInt64(truncatingIfNeeded: $0) }
  case .bool: write { $0 != 0 }
  }
}
