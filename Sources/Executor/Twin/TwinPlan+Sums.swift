import TensorCore

extension TwinPlan {
  /// The sum that a unit's first node adds up: how far it can reach.
  package struct Sum: Sendable {
    /// How many terms it has.
    package let length: Int
    /// What inputs of at most 1 in magnitude can add up to: the largest `Σ |w|` of any result; for plain sums, the length.
    package let gain: Double
    /// Whether the inputs are squared first.
    package let squares: Bool
    /// Whether the sum is the result, not a mean or a root of it.
    package let isResult: Bool
    /// What the definition of the operator before holds the inputs to, such as 1 behind a Sigmoid; nil for nothing.
    package let inputBound: Float?

    /// What inputs of at most `amax` in magnitude can add up to.
    package func reach(_ amax: Float) -> Double {
      let term = Double(amax)
      return gain * (squares ? term * term : term)
    }
  }

  /// Nil where the unit adds no long sum, or one of products of values that are known only in a run.
  package func sum(of unit: Unit) -> Sum? {
    let network = plan.network
    let part = network.parts[unit.key]
    guard part.label.domain.isEmpty || part.label.domain == "ai.onnx", let input = part.inputs.first ?? nil,
      let x = plan.types[input], x.elementType == .float32, let output = part.outputs.first ?? nil,
      let y = plan.types[output]
    else { return nil }
    let bound = network.tensors.first { $0.value == input }?.magnitudeBound
    func plain(squares: Bool = false, isResult: Bool) -> Sum? {
      let length = x.shape.count / max(y.shape.count, 1)
      return length < 2
        ? nil : Sum(length: length, gain: Double(length), squares: squares, isResult: isResult, inputBound: bound)
    }
    switch part.label.opType {
    case "ReduceSum", "ReduceL1": return plain(isResult: true)
    case "ReduceMean", "GlobalAveragePool": return plain(isResult: false)
    case "ReduceSumSquare": return plain(squares: true, isResult: true)
    case "ReduceL2": return plain(squares: true, isResult: false)
    case "Conv", "Gemm", "MatMul":
      guard let place = part.inputs.dropFirst().first ?? nil, case .constant(let weights) = plan.storage[place],
        weights.elementType == .float32, weights.shape.rank >= 2
      else { return nil }
      let isByRow = part.label.opType == "Conv" || (part.implementation as? Widened<Gemm>)?.base.transposeB == true
      let (length, gain) = TwinPlan.gain(weights, isByRow: isByRow)
      return Sum(length: length, gain: gain, squares: false, isResult: true, inputBound: bound)
    default: return nil
    }
  }

  /// The terms of one result and the largest sum of their weights' magnitudes. A result's weights lie along a row, that
  /// is, all axes but the first, or along a column of the last two axes.
  private static func gain(_ weights: Tensor, isByRow: Bool) -> (length: Int, gain: Double) {
    let values = weights.array(of: Float.self), extents = weights.shape.dimensions
    let width = isByRow ? values.count / max(extents[0], 1) : extents[extents.count - 1]
    guard width > 0, !values.isEmpty else { return (0, 0) }
    let depth = isByRow ? width : extents[extents.count - 2]
    var sums = Array(repeating: 0.0, count: isByRow ? extents[0] : values.count / max(depth, 1))
    for (index, value) in values.enumerated() where value.isFinite {
      let place = isByRow ? index / width : index / (width * depth) * width + index % width
      sums[place] += Double(value.magnitude)
    }
    return (depth, sums.max() ?? 0)
  }
}
