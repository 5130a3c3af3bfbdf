import OnnxProto
import TensorCore

extension GraphReader {
  /// Reads the attributes of a node.
  ///
  /// - Parameter node: The node's name, for messages.
  mutating func attributes(
    _ protos: [OnnxAttributeProto], node: String, depth: Int
  ) throws(ONNXError.Fault) -> [String: Attribute] {
    var attributes: [String: Attribute] = [:]
    for proto in protos {
      guard !proto.name.isEmpty else { throw .unnamed("an attribute of node \(quoted(node))") }
      guard attributes[proto.name] == nil else { throw .attributeTwice(proto.name, node: node) }
      attributes[proto.name] = try attribute(proto, node: node, depth: depth)
    }
    return attributes
  }

  private mutating func attribute(
    _ proto: OnnxAttributeProto, node: String, depth: Int
  ) throws(ONNXError.Fault) -> Attribute {
    if !proto.refAttrName.isEmpty { return .reference(proto.refAttrName) }
    let place = TensorPlace.attribute(proto.name, node: node)
    switch proto.type == .undefined ? proto.typeByContent : proto.type {
    case .float: return .float(proto.f)
    case .int: return .int(Int(proto.i))
    case .string: return .string([UInt8](proto.s))
    case .floats: return .floats(proto.floats)
    case .ints: return .ints(proto.ints.map(Int.init))
    case .strings: return .strings(proto.strings.map { [UInt8]($0) })
    case .tensor:
      if let other = proto.t.typeWithoutNumbers { return .unsupported("a tensor of \(other)") }
      return .tensor(try tensors.tensor(proto.t, at: place))
    case .tensors:
      var list: [Tensor] = []
      for tensor in proto.tensors {
        if let other = tensor.typeWithoutNumbers { return .unsupported("a tensor of \(other)") }
        list.append(try tensors.tensor(tensor, at: place))
      }
      return .tensors(list)
    case .graph:
      var body = proto.g
      return .graph(try graph(&body, depth: depth + 1))
    case .graphs:
      var list: [Graph] = []
      for var body in proto.graphs { list.append(try graph(&body, depth: depth + 1)) }
      return .graphs(list)
    case .sparseTensor: return .unsupported("a sparse tensor")
    case .sparseTensors: return .unsupported("a list of sparse tensors")
    case .typeProto: return .unsupported("a type")
    case .typeProtos: return .unsupported("a list of types")
    case .undefined: return .unsupported("an attribute without a value")
    }
  }
}

extension OnnxTensorProto {
  /// What the elements are called, where they are no numbers of 8 to 64 bits.
  fileprivate var typeWithoutNumbers: String? {
    ElementType(onnx: dataType) == nil ? elementName(onnx: dataType) : nil
  }
}

extension OnnxAttributeProto {
  /// The type that the value present has: files of IR version 1 do not state it.
  fileprivate var typeByContent: AttributeType {
    if hasF { return .float }
    if hasI { return .int }
    if hasS { return .string }
    if hasT { return .tensor }
    if hasG { return .graph }
    if hasSparseTensor { return .sparseTensor }
    if hasTp { return .typeProto }
    if !floats.isEmpty { return .floats }
    if !ints.isEmpty { return .ints }
    if !strings.isEmpty { return .strings }
    if !tensors.isEmpty { return .tensors }
    if !graphs.isEmpty { return .graphs }
    if !sparseTensors.isEmpty { return .sparseTensors }
    if !typeProtos.isEmpty { return .typeProtos }
    return .undefined
  }
}
