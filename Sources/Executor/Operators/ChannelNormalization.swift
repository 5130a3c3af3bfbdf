import Glibc
import TensorCore

/// Operators that normalize the channels of `[N, C, …]`.
let channelNormalizations: [OperatorEntry] = [
  OperatorEntry("InstanceNormalization", since: 1, Widened<InstanceNormalization>.self),
  OperatorEntry("GroupNormalization", since: 18, Widened<GroupNormalization>.self),
  OperatorEntry("LRN", since: 1, Widened<LocalResponseNormalization>.self),
  OperatorEntry("LpNormalization", since: 1, LpNormalization.self),
  OperatorEntry("MeanVarianceNormalization", since: 9, Widened<MeanVarianceNormalization>.self),
]

/// [InstanceNormalization](https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html):
/// `y = (x - mean) / √(var + epsilon) · scale + B`, over each channel of each item.
struct InstanceNormalization: Operator {
  let epsilon: Float
  init(_ node: NodeReader) throws(OperatorError) { epsilon = try node.float("epsilon", default: 1e-5) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try channels(operands)
    for index in 1...2 { try checkFactor(operands, index, count: x.shape[1]) }
    return Outputs(x.type)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let x = try channels(operands).shape
    return GroupNormalizationKernel(channels: x[1], groups: x[1], epsilon: epsilon, factorsPerGroup: false)
  }
}

/// [GroupNormalization](https://onnx.ai/onnx/operators/onnx__GroupNormalization.html):
/// `y = (x - mean) / √(var + epsilon) · scale + bias`, over `num_groups` groups of neighbouring channels of each item.
///
/// Up to opset 20 scale and bias are one number per group, since then one per channel.
struct GroupNormalization: Operator {
  let epsilon: Float
  let groups: Int
  let factorsPerGroup: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    epsilon = try node.float("epsilon", default: 1e-5)
    guard let groups = try node.int("num_groups") else {
      throw OperatorError(node.label, .missingAttribute("num_groups"))
    }
    guard groups >= 1 else {
      throw OperatorError(node.label, .attribute("num_groups", expected: "at least 1", found: "\(groups)"))
    }
    self.groups = groups
    factorsPerGroup = node.opset < 21
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try channels(operands)
    guard x.shape[1] % groups == 0 else {
      throw OperatorError(operands.node, .input(0, expected: "channels in \(groups) groups", found: "\(x.type)"))
    }
    for index in 1...2 { try checkFactor(operands, index, count: factorsPerGroup ? groups : x.shape[1]) }
    return Outputs(x.type)
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    GroupNormalizationKernel(
      channels: try channels(operands).shape[1], groups: groups, epsilon: epsilon, factorsPerGroup: factorsPerGroup)
  }
}

private func channels(_ operands: Operands) throws(OperatorError) -> Operand {
  let x = try operands.required(0, .float32)
  guard x.shape.rank >= 2 else {
    throw OperatorError(operands.node, .input(0, expected: "[N, C, …]", found: "\(x.type)"))
  }
  return x
}

private func checkFactor(_ operands: Operands, _ index: Int, count: Int) throws(OperatorError) {
  let factor = try operands.required(index, .float32)
  guard factor.shape != [count] else { return }
  throw OperatorError(operands.node, .input(index, expected: "[\(count)]", found: "\(factor.type)"))
}

private struct GroupNormalizationKernel: Kernel {
  let channels: Int
  let groups: Int
  let epsilon: Float
  let factorsPerGroup: Bool

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0].values(of: Float.self)
    let scale = try frame.input(1).values(of: Float.self), bias = try frame.input(2).values(of: Float.self)
    let plane = x.shape.dimensions.dropFirst(2).reduce(1, *), perGroup = channels / max(groups, 1)
    let count = plane * perGroup
    guard count > 0 else { return }
    for block in 0..<(x.shape[0] * groups) {
      let values = x.values(of: Float.self).from(block * count), results = y.from(block * count)
      let mean = Moments.mean(values, count: count)
      let inverse = 1 / (Moments.variance(values, count: count, around: mean) + epsilon).squareRoot()
      for channel in 0..<perGroup {
        let index = factorsPerGroup ? block % groups : block % groups * perGroup + channel
        let factor = inverse * scale[index], shift = bias[index]
        for i in (channel * plane)..<((channel + 1) * plane) { results[i] = (values[i] - mean) * factor + shift }
      }
    }
  }
}

/// [LRN](https://onnx.ai/onnx/operators/onnx__LRN.html): `y = x / (bias + alpha / size · Σ x²)^beta`, the sum over `size`
/// neighbouring channels.
struct LocalResponseNormalization: Operator, Kernel {
  let size: Int
  let alpha: Float
  let beta: Float
  let bias: Float

  init(_ node: NodeReader) throws(OperatorError) {
    guard let size = try node.int("size") else { throw OperatorError(node.label, .missingAttribute("size")) }
    guard (1...(1 << 20)).contains(size) else {
      throw OperatorError(node.label, .attribute("size", expected: "a positive int", found: "\(size)"))
    }
    self.size = size
    alpha = try node.float("alpha", default: 1e-4)
    beta = try node.float("beta", default: 0.75)
    bias = try node.float("bias", default: 1)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs { Outputs(try channels(operands).type) }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0].values(of: Float.self)
    let channels = x.shape[1], plane = x.shape.dimensions.dropFirst(2).reduce(1, *)
    let before = (size - 1) / 2, after = size - 1 - before
    let factor = alpha / Float(size)
    for item in 0..<x.shape[0] {
      let image = x.values(of: Float.self).from(item * channels * plane)
      for channel in 0..<channels {
        let values = image.from(channel * plane), results = y.from((item * channels + channel) * plane)
        for i in 0..<plane { results[i] = 0 }
        for other in max(channel - before, 0)...min(channel + after, channels - 1) {
          let neighbours = image.from(other * plane)
          for i in 0..<plane { results[i] += neighbours[i] * neighbours[i] }
        }
        if beta == 0.75 {
          // Two roots instead of a power: what nearly every network asks for.
          for i in 0..<plane {
            let root = (bias + factor * results[i]).squareRoot()
            results[i] = values[i] / (root * root.squareRoot())
          }
        } else {
          for i in 0..<plane { results[i] = values[i] / powf(bias + factor * results[i], beta) }
        }
      }
    }
  }
}

/// [LpNormalization](https://onnx.ai/onnx/operators/onnx__LpNormalization.html): `y = x / ‖x‖` along an axis, by the sum of
/// magnitudes (`p` = 1) or of squares (2). A line of zeros stays zero.
struct LpNormalization: Operator, RealKernel {
  let axis: Int
  let order: Int

  init(_ node: NodeReader) throws(OperatorError) {
    axis = try node.int("axis", default: -1)
    order = try node.int("p", default: 2)
    guard order == 1 || order == 2 else {
      throw OperatorError(node.label, .attribute("p", expected: "1 or 2", found: "\(order)"))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.real(0)
    _ = try normalizedAxis(axis, rank: x.shape.rank, node: operands.node)
    return Outputs(x.type)
  }

  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let shape = try frame.input(0).shape
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    let rows = RowSpace(shape, axis: try normalizedAxis(axis, rank: shape.rank, node: frame.node))
    for outer in 0..<rows.outer {
      for inner in 0..<rows.inner {
        let values = NumberRow(x, rows, outer, inner), results = Row(y, rows, outer, inner)
        let norm = order == 1 ? L1Rule.reduce(values) : SumSquareRule.reduce(values).squareRoot()
        for i in 0..<rows.count { results[i] = Element(work: norm == 0 ? 0 : values[i] / norm) }
      }
    }
  }
}

/// [MeanVarianceNormalization](https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html):
/// `y = (x - mean) / (√var + 1e-9)` over `axes`.
struct MeanVarianceNormalization: Operator, Kernel {
  let axes: [Int]
  init(_ node: NodeReader) throws(OperatorError) { axes = try node.ints("axes") ?? [0, 2, 3] }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    _ = try normalizedAxes(axes, rank: x.shape.rank, node: operands.node)
    return Outputs(x.type)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    let values = x.values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    var groups = x.shape
    for axis in try normalizedAxes(axes, rank: x.shape.rank, node: frame.node) where axis < x.shape.rank {
      groups[axis] = 1
    }
    let walk = BroadcastWalk([groups], to: x.shape), step = walk.innerSteps[0]
    let count = Double(max(x.count / max(groups.count, 1), 1))
    var means = [Double](repeating: 0, count: groups.count), spreads = means
    walk.forEachLine { start, offsets in
      for i in 0..<walk.innerCount { means[offsets[0] + i * step] += Double(values[start + i]) / count }
    }
    walk.forEachLine { start, offsets in
      for i in 0..<walk.innerCount {
        let distance = Double(values[start + i]) - means[offsets[0] + i * step]
        spreads[offsets[0] + i * step] += distance * distance / count
      }
    }
    walk.forEachLine { start, offsets in
      for i in 0..<walk.innerCount {
        let group = offsets[0] + i * step
        y[start + i] = Float((Double(values[start + i]) - means[group]) / (spreads[group].squareRoot() + 1e-9))
      }
    }
  }
}
