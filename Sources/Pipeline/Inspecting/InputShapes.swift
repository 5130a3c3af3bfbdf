import Executor
package import ONNX
package import TensorCore

/// The shapes of a network's inputs: those that the file fixes, and for the rest what the user says.
package struct InputShapes: Sendable {
  private var given: [String: Shape] = [:]

  /// Reads flags such as `x:1x3x224x224`, the form that engine builders use.
  ///
  /// - Throws: ``PipelineError`` with the code for usage.
  package init(_ flags: [String] = []) throws(PipelineError) {
    for flag in flags {
      let parts = flag.split(separator: ":", omittingEmptySubsequences: false)
      let extents = (parts.last ?? "").split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
      guard parts.count >= 2, extents.allSatisfy({ $0 > 0 }), Shape(extents).checkedCount != nil else {
        throw PipelineError(.usage, "--input-shape: expected NAME:1x3x224x224, found '\(flag)'")
      }
      given[parts.dropLast().joined(separator: ":")] = Shape(extents)
    }
  }

  /// The types of the inputs of `graph`, in its order. A batch that nobody fixes is 1.
  ///
  /// - Throws: ``PipelineError`` for a name that is no input, a shape that does not fit, and an extent that nobody fixes.
  package func types(for graph: Graph) throws(PipelineError) -> [TensorType] {
    try checkNames(graph)
    var types: [TensorType] = []
    for input in graph.inputs {
      guard let elementType = input.elementType else {
        throw PipelineError(
          .badData,
          "input '\(input.name)': expected a tensor of numbers, found \(input.otherType ?? "no type"); "
            + "re-export the network")
      }
      types.append(TensorType(try shape(of: input), elementType))
    }
    return types
  }

  /// Checks the types of given values, in the order of the inputs of `graph`, against the shapes that the user says.
  ///
  /// - Throws: ``PipelineError`` for a name that is no input, and for values of another shape.
  func check(_ types: [TensorType], for graph: Graph) throws(PipelineError) {
    try checkNames(graph)
    for (input, type) in zip(graph.inputs, types) {
      guard let shape = given[input.name], shape != type.shape else { continue }
      throw PipelineError(
        .usage,
        "--input-shape: expected \(shape) for '\(input.name)', found values of the shape \(type.shape); correct one of them"
      )
    }
  }

  /// The first input with an extent other than the batch that neither the file nor the user fixes.
  func firstOpenInput(of graph: Graph) -> ValueInfo? {
    graph.inputs.first { input in
      guard given[input.name] == nil else { return false }
      guard let shape = input.shape else { return true }
      return shape.dropFirst().contains { if case .fixed = $0 { false } else { true } }
    }
  }

  /// - Throws: ``PipelineError`` for a name that the user gives and no input has.
  func checkNames(_ graph: Graph) throws(PipelineError) {
    let names = graph.inputs.map(\.name)
    if let unknown = given.keys.sorted().first(where: { !names.contains($0) }) {
      throw PipelineError(
        .usage,
        "--input-shape: expected one of the inputs \(names.joined(separator: ", ")), found '\(unknown)'; correct it")
    }
  }

  private func shape(of input: ValueInfo) throws(PipelineError) -> Shape {
    if let shape = given[input.name] {
      guard let declared = input.shape else { return shape }
      let fits =
        declared.count == shape.rank
        && zip(declared, shape.dimensions).allSatisfy { dimension, extent in
          if case .fixed(let wanted) = dimension { wanted == extent } else { true }
        }
      guard fits else {
        throw PipelineError(
          .usage, "--input-shape: expected \(InputShapes.text(declared)) for '\(input.name)', found \(shape)")
      }
      return shape
    }
    var extents: [Int] = []
    for (axis, dimension) in (input.shape ?? [.unknown]).enumerated() {
      switch dimension {
      case .fixed(let extent): extents.append(extent)
      case _ where axis == 0 && input.shape != nil: extents.append(1)
      default:
        let declared = input.shape.map(InputShapes.text) ?? "a tensor of any shape"
        throw PipelineError(
          .usage,
          "input '\(input.name)': expected every extent but the batch to be known, found \(declared); "
            + "give --input-shape \(input.name):…")
      }
    }
    return Shape(extents)
  }

  private static func text(_ dimensions: [Dimension]) -> String {
    "[" + dimensions.map(\.description).joined(separator: ", ") + "]"
  }
}
