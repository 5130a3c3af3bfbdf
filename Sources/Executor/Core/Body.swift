import ONNX
import Synchronization
import TensorCore

/// The graph inside a control-flow node. What it takes from around it follows its own inputs.
package struct Body: Sendable {
  let network: Network
  /// How many inputs the graph itself names.
  let formalCount: Int
  /// For each value taken from around, its place among the node's captures.
  let captures: [Int]
  private let cache = PlanCache()

  init(
    _ graph: Graph, captures: [String], opsets: [String: Int], registry: OperatorRegistry
  ) throws(OperatorError) {
    var graph = graph
    formalCount = graph.inputs.count
    let taken = Set(graph.capturedValues)
    self.captures = captures.indices.filter { taken.contains(captures[$0]) }
    for index in self.captures {
      graph.inputs.append(ValueInfo(name: captures[index], elementType: nil, shape: nil))
    }
    network = try Network(Model(graph: graph, opsets: opsets), registry: registry)
  }

  var outputCount: Int { network.outputs.count }

  /// Plans the body for its own inputs and the node's captures, or finds the plan that was made last.
  ///
  /// - Parameters:
  ///   - formal: The types of the body's own inputs.
  ///   - first: Where the captures begin among the operands.
  func planned(
    _ formal: [TensorType], _ operands: Operands, capturesFrom first: Int
  ) throws(OperatorError) -> PlannedBody {
    guard formal.count == formalCount else {
      throw OperatorError(
        operands.node, .value("expected a body of \(formal.count) inputs, found \(formalCount); re-export the network"))
    }
    var types = formal, known = [Tensor?](repeating: nil, count: formal.count)
    for capture in captures {
      let operand = try operands.required(first + capture)
      types.append(operand.type)
      known.append(operand.isMomentary ? nil : operand.value)
    }
    if let found = cache.plan(for: types, known: known) { return found }
    let plan = PlannedBody(try network.plan(for: types, known: known), known: known)
    cache.keep(plan)
    return plan
  }

  /// The tensors to feed: the graph's own inputs, then those captured.
  func inputs(_ formal: [Tensor], _ frame: Frame, capturesFrom first: Int) throws(OperatorError) -> [Tensor] {
    var inputs = formal
    for capture in captures { inputs.append(try frame.input(first + capture)) }
    return inputs
  }
}

/// A body laid out for inputs of given types.
final class PlannedBody: Sendable {
  let plan: Plan
  /// The values that the plan was made with, one per input.
  let known: [Tensor?]
  private let sessions = Mutex<[IdleSession]>([])

  init(_ plan: Plan, known: [Tensor?]) {
    self.plan = plan
    self.known = known
  }

  /// Nil where a shape depends on the data.
  var outputTypes: [TensorType]? {
    let types = plan.outputs.compactMap { plan.types[$0] }
    return types.count == plan.outputs.count ? types : nil
  }

  /// Runs the body and gives `take` its outputs, which are valid during the call.
  func run(
    _ inputs: [Tensor], _ take: ([Tensor]) throws(OperatorError) -> Void
  ) throws(OperatorError) {
    let idle = sessions.withLock { $0.popLast() } ?? IdleSession(session: Session(plan))
    let session = idle.session
    for (index, (source, target)) in zip(inputs, session.inputs).enumerated() where known[index] == nil {
      target.copyBytes(from: source)
    }
    try session.run()
    try take(session.outputs)
    sessions.withLock { $0.append(idle) }
  }
}

/// A session that no worker uses; whoever takes it from the list has it alone.
private struct IdleSession: @unchecked Sendable {
  let session: Session
}

/// The plan that a body was given last: a loop asks for the same one at every turn.
private final class PlanCache: Sendable {
  private let last = Mutex<PlannedBody?>(nil)

  func plan(for types: [TensorType], known: [Tensor?]) -> PlannedBody? {
    guard let plan = last.withLock({ $0 }), plan.plan.inputTypes == types else { return nil }
    let isSame = zip(plan.known, known).allSatisfy { old, new in
      switch (old, new) {
      case (nil, nil): true
      case (let old?, let new?): old.sharesStorage(with: new)
      default: false
      }
    }
    return isSame ? plan : nil
  }

  func keep(_ plan: PlannedBody) { last.withLock { $0 = plan } }
}

extension Tensor {
  /// The same values in memory of its own.
  func copied() -> Tensor {
    let copy = Tensor(uninitialized: type)
    copy.copyBytes(from: self)
    return copy
  }
}
