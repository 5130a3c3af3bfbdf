package import ONNX
package import TensorCore

/// The element types of a graph's values, as far as the file and the operators' definitions tell; no shape is needed.
package struct ElementTypes: Sendable {
  private var types: [String: ElementType]

  package subscript(value: String) -> ElementType? { types[value] }

  /// - Parameters:
  ///   - outer: What the graphs around a body say.
  ///   - known: Types from elsewhere, such as a plan for the network; they count before what is concluded here.
  package init(_ graph: Graph, outer: ElementTypes? = nil, known: [String: ElementType] = [:]) {
    types = outer?.types ?? [:]
    for info in graph.values + graph.overridableInputs + graph.inputs + graph.outputs {
      if let type = info.elementType { types[info.name] = type }
    }
    for (name, tensor) in graph.initializers { types[name] = tensor.elementType }
    types.merge(known) { $1 }
    for node in graph.nodes { conclude(node) }
  }

  private mutating func conclude(_ node: Node) {
    let results = outputs(of: node)
    for (index, output) in node.outputs.enumerated() where !output.isEmpty && types[output] == nil {
      types[output] = index < results.count ? results[index] : results.last ?? nil
    }
  }

  /// The types of a node's outputs; the last stands for all that follow.
  private func outputs(of node: Node) -> [ElementType?] {
    guard node.domain.isEmpty else { return [nil] }
    func input(_ index: Int) -> ElementType? { index < node.inputs.count ? types[node.inputs[index]] : nil }
    switch node.opType {
    case "Cast", "BitCast": return [node.type("to")]
    case "Shape", "Size", "ArgMax", "ArgMin", "NonZero", "NonMaxSuppression", "StringNormalizer": return [.int64]
    case "TopK", "MaxPool": return [input(0), .int64]
    case "Unique": return [input(0), .int64]
    case "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Not", "Xor", "IsNaN", "IsInf",
      "OptionalHasElement":
      return [.bool]
    case "QuantizeLinear": return [input(2) ?? node.type("output_dtype") ?? .uint8]
    case "DequantizeLinear": return [node.type("output_dtype") ?? input(1)]
    case "DynamicQuantizeLinear": return [.uint8, .float32, .uint8]
    case "ConvInteger", "MatMulInteger": return [.int32]
    case "QLinearConv", "QLinearMatMul": return [input(7)]
    case "Constant": return [node.constantValue?.elementType]
    case "ConstantOfShape":
      if case .tensor(let value)? = node.attributes["value"] { return [value.elementType] }
      return [.float32]
    case "RandomNormal", "RandomUniform": return [node.type("dtype") ?? .float32]
    case "RandomNormalLike", "RandomUniformLike", "EyeLike", "Bernoulli": return [node.type("dtype") ?? input(0)]
    case "Multinomial": return [node.type("dtype") ?? .int32]
    case "HannWindow", "HammingWindow", "BlackmanWindow", "MelWeightMatrix":
      return [node.type("output_datatype") ?? .float32]
    case "Where", "CastLike": return [input(1)]
    case "OneHot": return [input(2)]
    case "Dropout": return [input(0), .bool]
    case "LayerNormalization": return [input(0), .float32]
    case "If": return node.subgraphs.first.map { body in types(of: body.outputs, in: body) } ?? [nil]
    case "Loop":
      return node.subgraphs.first.map { body in types(of: body.outputs, in: body).dropFirst().map(\.self) } ?? [nil]
    case "Scan": return node.subgraphs.first.map { body in types(of: body.outputs, in: body) } ?? [nil]
    case "SequenceEmpty", "SequenceConstruct", "SequenceInsert", "SequenceAt", "SequenceErase", "SequenceLength",
      "SequenceMap", "SplitToSequence", "ConcatFromSequence", "Optional", "OptionalGetElement":
      return [nil]
    default: return [input(0)]
    }
  }

  private func types(of outputs: [ValueInfo], in body: Graph) -> [ElementType?] {
    let inner = ElementTypes(body, outer: self)
    return outputs.map { inner[$0.name] }
  }
}

extension Node {
  /// The element type that an attribute names by its ONNX number; nil where it is not there or names none of numbers.
  func type(_ key: String) -> ElementType? {
    guard case .int(let code)? = attributes[key], let code = Int32(exactly: code), code != 0 else { return nil }
    return ElementType(onnx: code)
  }

  /// The tensor that a Constant node makes; nil for another node, and for text.
  package var constantValue: Tensor? {
    guard opType == "Constant", domain.isEmpty else { return nil }
    if case .tensor(let tensor)? = attributes["value"] { return tensor }
    if case .float(let value)? = attributes["value_float"] { return Tensor(scalar: value) }
    if case .int(let value)? = attributes["value_int"] { return Tensor(scalar: Int64(value)) }
    if case .floats(let values)? = attributes["value_floats"] { return Tensor(values, shape: [values.count]) }
    if case .ints(let values)? = attributes["value_ints"] {
      return Tensor(values.map(Int64.init), shape: [values.count])
    }
    return nil
  }
}
