import Glibc
import TensorCore

/// Operators that measure how wrong a classification is.
let losses: [OperatorEntry] = [
  OperatorEntry("NegativeLogLikelihoodLoss", since: 12, Widened<ClassificationLoss>.self),
  OperatorEntry("SoftmaxCrossEntropyLoss", since: 12, Widened<ClassificationLoss>.self),
]

/// [NegativeLogLikelihoodLoss](https://onnx.ai/onnx/operators/onnx__NegativeLogLikelihoodLoss.html) and
/// [SoftmaxCrossEntropyLoss](https://onnx.ai/onnx/operators/onnx__SoftmaxCrossEntropyLoss.html): minus the log-probability of
/// the true class of each place in `[N, C, …]`, weighted by class, and reduced.
///
/// The second takes scores instead of log-probabilities, and can yield these as its second output.
struct ClassificationLoss: Operator, Kernel {
  enum Reduction: String, CaseIterable {
    case none, sum, mean
  }
  let reduction: Reduction
  let ignored: Int?
  let takesScores: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    reduction = try node.choice("reduction", default: .mean)
    ignored = try node.int("ignore_index")
    takesScores = node.label.opType == "SoftmaxCrossEntropyLoss"
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32), labels = try operands.required(1, .int32, .int64).shape
    guard x.shape.rank >= 2 else {
      throw OperatorError(operands.node, .input(0, expected: "[N, C, …]", found: "\(x.type)"))
    }
    var expected = x.shape
    expected.dimensions.remove(at: 1)
    guard labels == expected else {
      throw OperatorError(operands.node, .input(1, expected: "\(expected)", found: "\(labels)"))
    }
    if operands[optional: 2] != nil, try operands.required(2, .float32).shape != [x.shape[1]] {
      throw OperatorError(
        operands.node, .input(2, expected: "[\(x.shape[1])]", found: "\(try operands.required(2).type)"))
    }
    let loss = TensorType(reduction == .none ? labels : [])
    return takesScores && operands.outputCount > 1 ? Outputs(types: [loss, x.type]) : Outputs(loss)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), values = x.values(of: Float.self)
    let labels = try frame.input(1).integers ?? []
    let weights = frame.optional(2)?.values(of: Float.self)
    let rows = RowSpace(x.shape, axis: 1)
    let logarithms = frame.outputs.count > 1 ? frame.outputs[1].values(of: Float.self) : nil
    let each = reduction == .none ? frame.outputs[0].values(of: Float.self) : nil
    var total = 0.0, weightSum = 0.0
    for (place, label) in labels.enumerated() {
      let (outer, inner) = place.quotientAndRemainder(dividingBy: rows.inner)
      let row = NumberRow(values, rows, outer, inner)
      let shift = takesScores ? Float(LogSumExpRule.reduce(row)) : 0
      if let logarithms {
        let target = Row(logarithms, rows, outer, inner)
        for i in 0..<rows.count { target[i] = row[i] - shift }
      }
      guard label != ignored else {
        each?[place] = 0
        continue
      }
      guard (0..<rows.count).contains(label) else {
        throw OperatorError(frame.node, .input(1, expected: "classes in 0..<\(rows.count)", found: "\(label)"))
      }
      let weight = weights?[label] ?? 1
      let loss = (shift - row[label]) * weight
      each?[place] = loss
      total += Double(loss)
      weightSum += Double(weight)
    }
    switch reduction {
    case .none: break
    case .sum: frame.outputs[0].values(of: Float.self)[0] = Float(total)
    case .mean: frame.outputs[0].values(of: Float.self)[0] = Float(total / weightSum)
    }
  }
}
