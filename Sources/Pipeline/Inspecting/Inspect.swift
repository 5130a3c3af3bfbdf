import Executor
import Foundation
import ONNX
import TensorCore

extension NetworkInspection {
  /// Reads the network at `path` and looks at every node.
  ///
  /// - Throws: ``PipelineError`` for a file that is no network. What keeps the network from running is a hazard, no error.
  package init(path: String, shapes: InputShapes, plugins: Plugins = .none) throws(PipelineError) {
    let model: Model
    do {
      model = try ONNXReader.readModel(at: path).inliningFunctions()
    } catch {
      throw PipelineError(error)
    }
    let graph = model.graph
    var hazards = NetworkInspection.unknownOperators(in: model, plugins.registry)
    var types: [String: TensorType] = [:]
    try shapes.checkNames(graph)
    if let open = shapes.firstOpenInput(of: graph) {
      hazards.append(
        Hazard(
          kind: .openShape, node: open.name,
          detail: "\(NetworkInspection.words(for: open)); give --input-shape \(open.name):…"))
    } else if hazards.isEmpty {
      let inputTypes = try shapes.types(for: graph)
      do {
        types = try Network(model, registry: plugins.registry).plan(for: inputTypes, observing: .all).typesByName
      } catch {
        hazards.append(Hazard(kind: .cannotRun, node: error.node.name, detail: "\(error)"))
      }
    }
    let constants = NetworkInspection.constants(of: graph)
    var owned = Set<String>()
    layers = graph.nodes.map { node in
      // A constant that several nodes share counts for the first.
      let own = node.usedValues.filter { constants[$0] != nil && owned.insert($0).inserted }
      let weights = own.compactMap { constants[$0] }
      hazards += NetworkInspection.weightHazards(weights, of: node)
      return LayerEntry(
        name: node.name, op: node.opType, output: node.outputs.first.flatMap { types[$0] }.map { "\($0)" },
        parameters: NetworkInspection.parameters(weights) + NetworkInspection.parametersOfBodies(of: node),
        macs: types.isEmpty ? nil : MultiplyAccumulates.count(node, types, constants),
        weightRange: NetworkInspection.range(weights))
    }
    file = (path as NSString).lastPathComponent
    irVersion = model.irVersion
    opsets = model.opsets
    producer = [model.producerName, model.producerVersion].filter { !$0.isEmpty }.joined(separator: " ")
    inputs = graph.inputs.map { ValueEntry(name: $0.name, type: NetworkInspection.words(for: $0)) }
    outputs = graph.outputs.map { ValueEntry(name: $0.name, type: NetworkInspection.words(for: $0)) }
    parameterCount = layers.reduce(0) { $0 + $1.parameters }
    macs = types.isEmpty ? nil : layers.reduce(0) { $0 + ($1.macs ?? 0) }
    self.hazards = hazards
    edges = NetworkInspection.edges(graph)
  }

  private static func parameters(_ tensors: some Sequence<Tensor>) -> Int {
    tensors.filter(\.elementType.isFloatingPoint).reduce(0) { $0 + $1.count }
  }

  /// Those of the graphs that a control-flow node runs.
  private static func parametersOfBodies(of node: Node) -> Int {
    node.subgraphs.reduce(0) { total, body in
      total + parameters(constants(of: body).values) + body.nodes.reduce(0) { $0 + parametersOfBodies(of: $1) }
    }
  }

  /// The initializers, and what Constant nodes hold: some exporters keep all weights there.
  private static func constants(of graph: Graph) -> [String: Tensor] {
    var constants = graph.initializers
    for node in graph.nodes where node.opType == "Constant" && node.domain.isEmpty {
      if let output = node.outputs.first, case .tensor(let value)? = node.attributes["value"] {
        constants[output] = value
      }
    }
    return constants
  }

  private static func edges(_ graph: Graph) -> [[Int]] {
    var maker: [String: Int] = [:]
    for (index, node) in graph.nodes.enumerated() { for output in node.outputs { maker[output] = index } }
    return graph.nodes.enumerated().flatMap { index, node in
      node.inputs.compactMap { maker[$0] }.map { [$0, index] }
    }
  }

  private static func unknownOperators(in model: Model, _ registry: OperatorRegistry) -> [Hazard] {
    unknownOperators(in: model.graph, model.opsets, registry)
  }

  /// Those in the bodies of control flow too.
  private static func unknownOperators(
    in graph: Graph, _ opsets: [String: Int], _ registry: OperatorRegistry
  ) -> [Hazard] {
    graph.nodes.flatMap { node in
      let inner = node.subgraphs.flatMap { unknownOperators(in: $0, opsets, registry) }
      if registry.knows(NodeLabel(node, opset: node.opset ?? opsets[node.domain] ?? 1)) { return inner }
      let domain = node.domain.isEmpty ? "" : node.domain + "."
      return [Hazard(kind: .unsupportedOperator, node: node.name, detail: domain + node.opType)] + inner
    }
  }

  private static let quantizedOperators: Set = [
    "QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger",
    "DynamicQuantizeLinear",
  ]

  private static func weightHazards(_ weights: [Tensor], of node: Node) -> [Hazard] {
    var hazards: [Hazard] = []
    if quantizedOperators.contains(node.opType) {
      hazards.append(Hazard(kind: .quantized, node: node.name, detail: node.opType))
    }
    var notFinite = 0, overflow = 0, vanishing = 0, subnormal = 0, total = 0
    for tensor in weights where tensor.elementType == .float32 {
      total += tensor.count
      let values = tensor.array(of: Float.self)
      for value in values where value != 0 {
        let magnitude = value.magnitude
        if !value.isFinite {
          notFinite += 1
        } else if magnitude >= 65520 {
          overflow += 1
        } else if magnitude <= 0x1p-25 {
          vanishing += 1
        } else if magnitude < 0x1p-14 {
          subnormal += 1
        }
      }
    }
    for (kind, count) in [
      (Hazard.Kind.notFinite, notFinite), (.overflow, overflow), (.vanishing, vanishing), (.subnormal, subnormal),
    ] where count > 0 {
      hazards.append(Hazard(kind: kind, node: node.name, detail: "\(count) of \(total)"))
    }
    return hazards
  }

  private static func range(_ weights: [Tensor]) -> [Float]? {
    var least = Float.infinity, greatest = -Float.infinity
    for tensor in weights where tensor.elementType == .float32 {
      for value in tensor.array(of: Float.self) where value.isFinite {
        least = min(least, value)
        greatest = max(greatest, value)
      }
    }
    return least <= greatest ? [least, greatest] : nil
  }

  private static func words(for value: ValueInfo) -> String {
    let type = value.elementType?.description ?? value.otherType ?? "unknown"
    guard let shape = value.shape else { return type }
    return type + " [" + shape.map(\.description).joined(separator: ", ") + "]"
  }
}
