import FoundationEssentials
import OnnxProto
import TensorCore

/// Turns the constants of a file into tensors.
struct TensorReader {
  var external: ExternalData
  /// How many bytes sparse constants may still fill. Dense ones are bounded by the bytes that hold them.
  var sparseBytesLeft = ONNXReader.maximumSparseByteCount

  init(besideModelAt path: String) { external = ExternalData(besideModelAt: path) }

  /// The values of `proto`, copied into a buffer of their own.
  mutating func tensor(
    _ proto: OnnxTensorProto, at place: TensorPlace
  ) throws(ONNXError.Fault) -> Tensor {
    guard let element = ElementType(onnx: proto.dataType) else {
      throw .tensor(place, .type(elementName(onnx: proto.dataType)))
    }
    guard !proto.hasSegment else { throw .tensor(place, .segment) }
    let type = try tensorType(element, dims: proto.dims, at: place)
    if proto.dataLocation == .external {
      do throws(ExternalDataFault) {
        return Tensor(type: type, bytes: try external.bytes(proto.externalData, expected: type.byteCount))
      } catch {
        throw .externalData(place, error)
      }
    }
    do throws(TensorFault) {
      return try inlineTensor(proto, type)
    } catch {
      throw .tensor(place, error)
    }
  }

  /// A type whose extents, strides and byte count all fit an `Int`.
  func tensorType(
    _ element: ElementType, dims: [Int64], at place: TensorPlace
  ) throws(ONNXError.Fault) -> TensorType {
    let extents = dims.map(Int.init)
    // An extent of 0 must not hide that the others, and so the strides, overflow.
    guard let count = Shape(extents.map { $0 == 0 ? 1 : $0 }).checkedCount,
      !count.multipliedReportingOverflow(by: element.byteCount).overflow
    else { throw .tensor(place, .shape(extents)) }
    return TensorType(Shape(extents), element)
  }
}

/// The values that lie in the message itself.
private func inlineTensor(_ proto: OnnxTensorProto, _ type: TensorType) throws(TensorFault) -> Tensor {
  let typedLists = [
    proto.floatData.count, proto.int32Data.count, proto.int64Data.count, proto.doubleData.count,
    proto.uint64Data.count, proto.stringData.count,
  ]
  if !proto.rawData.isEmpty {
    guard typedLists.allSatisfy({ $0 == 0 }) else { throw .twoPayloads }
    guard proto.rawData.count == type.byteCount else {
      throw .byteCount(expected: type.byteCount, found: proto.rawData.count)
    }
    return Tensor(type: type, bytes: proto.rawData)
  }
  switch type.elementType {
  case .float32: return try filled(type, proto.floatData, "float_data") { $0 }
  case .float64: return try filled(type, proto.doubleData, "double_data") { $0 }
  case .int64: return try filled(type, proto.int64Data, "int64_data") { $0 }
  case .uint64: return try filled(type, proto.uint64Data, "uint64_data") { $0 }
  case .uint32: return try filled(type, proto.uint64Data, "uint64_data") { UInt32(exactly: $0) }
  case .int32: return try filled(type, proto.int32Data, "int32_data") { $0 }
  case .int16: return try filled(type, proto.int32Data, "int32_data") { Int16(exactly: $0) }
  case .int8: return try filled(type, proto.int32Data, "int32_data") { Int8(exactly: $0) }
  case .uint16: return try filled(type, proto.int32Data, "int32_data") { UInt16(exactly: $0) }
  case .uint8: return try filled(type, proto.int32Data, "int32_data") { UInt8(exactly: $0) }
  case .bool: return try filled(type, proto.int32Data, "int32_data") { $0 != 0 }
  case .float16:
    return try filled(type, proto.int32Data, "int32_data") { UInt16(exactly: $0).map(Float16.init(bitPattern:)) }
  case .bfloat16:
    return try filled(type, proto.int32Data, "int32_data") { UInt16(exactly: $0).map(BFloat16.init(bitPattern:)) }
  }
}

/// A tensor of the values of a typed list, each as `convert` gives it: nil for one that the type cannot hold.
private func filled<Stored: Numeric, Element: TensorElement>(
  _ type: TensorType, _ stored: [Stored], _ field: String, _ convert: (Stored) -> Element?
) throws(TensorFault) -> Tensor {
  guard stored.count == type.shape.count else {
    throw .count(expected: type.shape.count, found: stored.count, field: field)
  }
  let tensor = Tensor(uninitialized: type)
  let elements = unsafe tensor.elements(as: Element.self)
  for (index, value) in stored.enumerated() {
    guard let element = convert(value) else { throw .outOfRange(value: "\(value)", type: type.elementType.rawValue) }
    unsafe elements[index] = element
  }
  return tensor
}

extension Tensor {
  /// A tensor of `bytes`, which hold little-endian values at any alignment and are as many as `type` needs.
  fileprivate init(type: TensorType, bytes: Data) {
    self.init(uninitialized: type)
    unsafe bytes.withUnsafeBytes { source in
      if let first = source.baseAddress { unsafe base.copyMemory(from: first, byteCount: type.byteCount) }
    }
    guard type.elementType == .bool else { return }
    // A `Bool` of another bit pattern than 0 or 1 is undefined behaviour.
    for index in 0..<type.byteCount {
      let byte = unsafe base.load(fromByteOffset: index, as: UInt8.self)
      unsafe base.storeBytes(of: byte == 0 ? 0 : 1, toByteOffset: index, as: UInt8.self)
    }
  }
}
