import Executor
import Foundation
import ONNX
import TensorCore

/// Why a case does not pass, in one line.
struct CaseFailure: Error {
  let text: String
}

/// What running a case has shown.
struct CaseResult {
  let name: String
  /// Every operator the case uses, also in bodies; empty where the file cannot be read.
  let operators: Set<String>
  /// Nil where the case passes.
  let failure: CaseFailure?
}

extension ConformanceCase {
  /// Reads, plans and runs the case, and compares every output with the expected one.
  func run() -> CaseResult {
    var operators: Set<String> = []
    do {
      let model = try ONNXReader.readModel(at: modelPath)
      operators = model.graph.operatorNames
      let network = try Network(model)
      let tolerance = Tolerance(forOperators: operators)
      switch data {
      case .sets(let folders):
        if folders.isEmpty { throw CaseFailure(text: "no test data") }
        for folder in folders {
          try check(
            network, tolerance, inputs: try tensors(in: folder, "input_"), expected: try tensors(in: folder, "output_"))
        }
      case .countingInputs(let paths):
        let expected = try paths.map { try ONNXReader.readTensor(at: $0).tensor }
        try check(network, tolerance, inputs: model.graph.inputs.map(countingTensor), expected: expected)
      }
      return CaseResult(name: name, operators: operators, failure: nil)
    } catch let failure as CaseFailure {
      return CaseResult(name: name, operators: operators, failure: failure)
    } catch {
      return CaseResult(name: name, operators: operators, failure: CaseFailure(text: "\(error)"))
    }
  }

  private func check(
    _ network: Network, _ tolerance: Tolerance, inputs: [Tensor], expected: [Tensor]
  ) throws {
    let wanted = network.model.graph.inputs.count
    guard inputs.count == wanted else {
      throw CaseFailure(text: "the network has \(wanted) inputs, the test data \(inputs.count)")
    }
    let session = Session(try network.plan(for: inputs.map(\.type)))
    session.load(inputs)
    try session.run()
    let found = session.outputs
    guard found.count == expected.count else {
      throw CaseFailure(text: "expected \(expected.count) outputs, found \(found.count)")
    }
    for (index, (found, expected)) in zip(found, expected).enumerated() {
      if let difference = tolerance.difference(found, expected) {
        throw CaseFailure(text: "output \(index): \(difference)")
      }
    }
  }

  /// The tensors of the files `prefix0.pb`, `prefix1.pb`, …, in that order.
  private func tensors(in folder: String, _ prefix: String) throws -> [Tensor] {
    var tensors: [Tensor] = []
    while case let path = "\(folder)/\(prefix)\(tensors.count).pb", FileManager.default.fileExists(atPath: path) {
      tensors.append(try ONNXReader.readTensor(at: path).tensor)
    }
    return tensors
  }

  /// `i / n` at each of `n` positions.
  private func countingTensor(_ input: ValueInfo) -> Tensor {
    let extents = (input.shape ?? []).map { if case .fixed(let extent) = $0 { extent } else { 1 } }
    let shape = Shape(extents)
    return Tensor((0..<shape.count).map { Float(Double($0) / Double(shape.count)) }, shape: shape)
  }
}

extension Graph {
  /// The operators of the graph and of the bodies in it; those outside the standard domain with their domain in front.
  var operatorNames: Set<String> {
    var names: Set<String> = []
    for node in nodes {
      names.insert(node.domain.isEmpty ? node.opType : "\(node.domain).\(node.opType)")
      for body in node.subgraphs { names.formUnion(body.operatorNames) }
    }
    return names
  }
}
