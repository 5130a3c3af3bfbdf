package import ONNX
import TensorCore

/// A model whose operators are read and checked: what plans are made from. It does not change, so workers share it.
package final class Network: Sendable {
  /// One node with its names resolved to values.
  struct Part: Sendable {
    let label: NodeLabel
    let implementation: any Operator
    /// Nil for an optional input that is not given.
    let inputs: [Int?]
    /// Nil for an optional output that is not wanted.
    let outputs: [Int?]
  }

  /// A value that depends on an input of the network; see ``tensors``.
  package struct ObservableTensor: Sendable {
    package let name: String
    /// The node that makes it; nil for an input of the network.
    package let node: String?
    package let opType: String?
    /// How its statistics follow from those of others in the list; nil where it must be looked at.
    package let derivation: TensorDerivation?
    /// The largest magnitude that its values can have, where the operator that makes them bounds it.
    package let magnitudeBound: Float?
    let value: Int
  }

  /// The network's model, with its own functions inlined.
  package let model: Model
  /// Every value that depends on an input, in topological order: inputs first, then what each node makes.
  ///
  /// Which of them hold floats is known once a plan is made: see ``Plan/elementType(of:)``.
  package let tensors: [ObservableTensor]
  let parts: [Part]
  let valueNames: [String]
  let constants: [Int: Tensor]
  let inputs: [Int]
  let outputs: [Int]
  /// For each value, its index in ``tensors``.
  let tensorIndex: [Int?]

  /// Reads every node of `model`, whose own functions are inlined first.
  ///
  /// - Throws: For the first node that no operator is known for, or whose attributes are wrong.
  package init(_ model: Model, registry: OperatorRegistry = .standard) throws(OperatorError) {
    let model = model.inliningFunctions()
    var table = ValueTable()
    let graph = model.graph
    inputs = graph.inputs.map { table.index(of: $0.name) }
    var constants: [Int: Tensor] = [:]
    for name in graph.initializers.keys.sorted() { constants[table.index(of: name)] = graph.initializers[name] }
    var parts: [Part] = []
    parts.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      let reader = NodeReader(
        node, opset: node.opset ?? model.opsets[node.domain] ?? 1, opsets: model.opsets, registry: registry)
      let implementation = try registry.makeOperator(for: reader)
      parts.append(
        Part(
          label: reader.label, implementation: implementation,
          inputs: (node.inputs + reader.captures).map { $0.isEmpty ? nil : table.index(of: $0) },
          outputs: node.outputs.map { $0.isEmpty ? nil : table.index(of: $0) }))
    }
    outputs = graph.outputs.map { table.index(of: $0.name) }
    self.model = model
    self.parts = parts
    self.constants = constants
    valueNames = table.names
    (tensors, tensorIndex) = Network.listTensors(
      inputs: inputs, parts: parts, names: table.names, constants: constants)
  }

  /// Lists the values that depend on an input, and how each follows from others.
  private static func listTensors(
    inputs: [Int], parts: [Part], names: [String], constants: [Int: Tensor]
  ) -> ([ObservableTensor], [Int?]) {
    var tensors: [ObservableTensor] = []
    var index = [Int?](repeating: nil, count: names.count)
    for value in inputs {
      index[value] = tensors.count
      tensors.append(
        ObservableTensor(
          name: names[value], node: nil, opType: nil, derivation: nil, magnitudeBound: nil, value: value))
    }
    for part in parts where part.inputs.contains(where: { $0.map { index[$0] != nil } ?? false }) {
      let sources = part.inputs.map { $0.flatMap { index[$0] } }
      let rule = part.implementation.derivation(constants: part.inputs.map { $0.flatMap { constants[$0] } })
      for (position, output) in part.outputs.enumerated() {
        guard let value = output else { continue }
        let derivation = position == 0 ? rule.flatMap { TensorDerivation($0, sources: sources, in: tensors) } : nil
        let bound = position == 0 ? part.implementation.magnitudeBound : nil
        index[value] = tensors.count
        tensors.append(
          ObservableTensor(
            name: names[value], node: part.label.name, opType: part.label.opType, derivation: derivation,
            magnitudeBound: bound ?? derivation?.bound(in: tensors), value: value))
      }
    }
    return (tensors, index)
  }
}

/// A ``Derivation`` in terms of ``Network/tensors``.
package enum TensorDerivation: Sendable, Equatable {
  case sameValues(as: Int)
  case relu(of: Int)
  /// `min(max(x, 0), upper)` of a tensor that does not derive from others; of no tensor more than one does.
  case clip(of: Int, upper: Float)
  case concatenation(of: [Int])

  /// The tensors that the values come from.
  var sources: [Int] {
    switch self {
    case .sameValues(let source), .relu(let source), .clip(let source, _): [source]
    case .concatenation(let sources): sources
    }
  }

  /// What bounds the sources bounds what derives from them.
  fileprivate func bound(in tensors: [Network.ObservableTensor]) -> Float? {
    switch self {
    case .sameValues(let source), .relu(let source), .clip(let source, _): return tensors[source].magnitudeBound
    case .concatenation(let sources):
      let bounds = sources.compactMap { tensors[$0].magnitudeBound }
      return bounds.count == sources.count ? bounds.max() : nil
    }
  }

  /// Nil where a source does not depend on a sample, and so is not in the list.
  fileprivate init?(_ rule: Derivation, sources: [Int?], in tensors: [Network.ObservableTensor]) {
    switch rule {
    case .sameValues(let index):
      guard index < sources.count, let source = sources[index] else { return nil }
      self = .sameValues(as: source)
    case .relu(let index):
      guard index < sources.count, let source = sources[index] else { return nil }
      self = .relu(of: source)
    case .clip(let index, let upper):
      guard index < sources.count, let source = sources[index], tensors[source].derivation == nil else { return nil }
      let isTaken = tensors.contains { tensor in
        if case .clip(source, _)? = tensor.derivation { true } else { false }
      }
      guard !isTaken else { return nil }
      self = .clip(of: source, upper: upper)
    case .concatenation:
      let known = sources.compactMap { $0 }
      guard known.count == sources.count else { return nil }
      self = .concatenation(of: known)
    }
  }
}

/// Gives each value name of a graph a number.
private struct ValueTable {
  private(set) var names: [String] = []
  private var numbers: [String: Int] = [:]

  mutating func index(of name: String) -> Int {
    if let number = numbers[name] { return number }
    numbers[name] = names.count
    names.append(name)
    return names.count - 1
  }
}
