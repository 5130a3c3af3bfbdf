import FoundationEssentials
import OnnxProto
import TensorCore

extension OnnxModelProto {
  init(_ model: Model) throws(ONNXWriteError.Fault) {
    self.init()
    // Before version 4 every initializer had to be an input as well.
    let inputs = Set(model.graph.overridableInputs.map(\.name))
    let needsFour = model.graph.initializers.keys.contains { !inputs.contains($0) }
    irVersion = Int64(needsFour ? max(model.irVersion, 4) : model.irVersion)
    opsetImport = opsetIDs(model.opsets)
    if !model.producerName.isEmpty { producerName = model.producerName }
    if !model.producerVersion.isEmpty { producerVersion = model.producerVersion }
    if !model.domain.isEmpty { domain = model.domain }
    if model.modelVersion != 0 { modelVersion = Int64(model.modelVersion) }
    if !model.documentation.isEmpty { docString = model.documentation }
    metadataProps = model.metadata.map { entry in
      var pair = OnnxStringStringEntryProto()
      pair.key = entry.key
      pair.value = entry.value
      return pair
    }
    graph = try OnnxGraphProto(model.graph)
    for function in model.functions { functions.append(try OnnxFunctionProto(function)) }
  }
}

extension OnnxGraphProto {
  fileprivate init(_ graph: Graph) throws(ONNXWriteError.Fault) {
    self.init()
    name = graph.name
    for info in graph.inputs + graph.overridableInputs { input.append(try OnnxValueInfoProto(required: info)) }
    for info in graph.outputs { output.append(try OnnxValueInfoProto(required: info)) }
    valueInfo = graph.values.filter { $0.otherType == nil }.map { OnnxValueInfoProto($0) }
    for (name, tensor) in graph.initializers.sorted(by: { $0.key < $1.key }) {
      initializer.append(OnnxTensorProto(tensor, name: name))
    }
    for item in graph.nodes { node.append(try OnnxNodeProto(item)) }
  }
}

extension OnnxFunctionProto {
  fileprivate init(_ function: Function) throws(ONNXWriteError.Fault) {
    self.init()
    name = function.name
    domain = function.domain
    if !function.overload.isEmpty { overload = function.overload }
    input = function.inputs
    output = function.outputs
    attribute = function.attributes
    attributeProto = try attributeProtos(function.attributeDefaults, node: function.name)
    opsetImport = opsetIDs(function.opsets)
    for item in function.nodes { node.append(try OnnxNodeProto(item)) }
  }
}

extension OnnxNodeProto {
  fileprivate init(_ node: Node) throws(ONNXWriteError.Fault) {
    self.init()
    name = node.name
    opType = node.opType
    if !node.domain.isEmpty { domain = node.domain }
    if !node.overload.isEmpty { overload = node.overload }
    input = node.inputs
    output = node.outputs
    attribute = try attributeProtos(node.attributes, node: node.name)
  }
}

private func attributeProtos(
  _ attributes: [String: Attribute], node: String
) throws(ONNXWriteError.Fault) -> [OnnxAttributeProto] {
  var protos: [OnnxAttributeProto] = []
  for (key, value) in attributes.sorted(by: { $0.key < $1.key }) {
    protos.append(try OnnxAttributeProto(key, value, node: node))
  }
  return protos
}

extension OnnxAttributeProto {
  fileprivate init(_ key: String, _ value: Attribute, node: String) throws(ONNXWriteError.Fault) {
    self.init()
    name = key
    switch value {
    case .float(let number): (type, f) = (.float, number)
    case .int(let number): (type, i) = (.int, Int64(number))
    case .string(let bytes): (type, s) = (.string, Data(bytes))
    case .tensor(let tensor): (type, t) = (.tensor, OnnxTensorProto(tensor, name: ""))
    case .graph(let body): (type, g) = (.graph, try OnnxGraphProto(body))
    case .floats(let numbers): (type, floats) = (.floats, numbers)
    case .ints(let numbers): (type, ints) = (.ints, numbers.map(Int64.init))
    case .strings(let list): (type, strings) = (.strings, list.map { Data($0) })
    case .tensors(let list): (type, tensors) = (.tensors, list.map { OnnxTensorProto($0, name: "") })
    case .graphs(let bodies):
      type = .graphs
      for body in bodies { graphs.append(try OnnxGraphProto(body)) }
    case .reference(let outer): refAttrName = outer
    case .unsupported(let kind): throw .attribute(key, node: node, kind: kind)
    }
  }
}

/// The imports in the order of their domains.
private func opsetIDs(_ opsets: [String: Int]) -> [OnnxOperatorSetIdProto] {
  opsets.sorted { $0.key < $1.key }.map { domain, version in
    var id = OnnxOperatorSetIdProto()
    id.domain = domain
    id.version = Int64(version)
    return id
  }
}
