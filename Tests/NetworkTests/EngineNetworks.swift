import Executor
import ONNX
import Quantization
import TensorCore
import TestSupport
import Testing

/// Small networks with what engines fuse, and the ranges of their values.
struct EngineCase: Sendable, CustomTestStringConvertible {
  enum Kind: String, Sendable, CaseIterable { case chain, residual, branches, emptyChannels, hardSwish }

  let kind: Kind
  let target: Target
  let seed: UInt64
  var testDescription: String { "\(kind.rawValue), \(target.rawValue), \(seed)" }

  static let all = Kind.allCases.flatMap { kind in
    [Target.onnxruntime, .openvino].flatMap { target in
      (1...3).map { EngineCase(kind: kind, target: target, seed: $0) }
    }
  }

  static let inputShape: Shape = [1, 8, 12, 12]

  /// `count` inputs, stacked.
  func inputs(_ count: Int) -> Tensor {
    var random = RandomNumbers(seed: seed + 1000)
    let shape = Shape([count] + Self.inputShape.dimensions)
    return Tensor(random.floats(shape.count, in: -1...2), shape: shape)
  }

  var model: Model {
    var builder = NetworkBuilder(seed: seed)
    let stem = builder.conv("x", 8, 16, kernel: 3, then: "Relu")
    var tail: String
    switch kind {
    case .chain, .emptyChannels:
      let deep = builder.conv(stem, 16, 16, kernel: 3, group: 16, then: "Clip")
      let linear = builder.conv(deep, 16, 24, kernel: 1, emptyChannels: kind == .emptyChannels)
      tail = builder.conv(linear, 24, 16, kernel: 3, then: "Relu", emptyChannels: kind == .emptyChannels)
    case .hardSwish:
      let deep = builder.hardSwish(builder.conv(stem, 16, 16, kernel: 3, group: 16), factor: 0.7, addend: -0.3)
      tail = builder.hardSwish(builder.conv(deep, 16, 24, kernel: 1))
      tail = builder.conv(tail, 24, 16, kernel: 3, then: "Relu")
    case .residual:
      let first = builder.conv(stem, 16, 16, kernel: 1)
      var sum = first
      for _ in 0..<2 {
        let inner = builder.conv(sum, 16, 32, kernel: 1, then: "Relu")
        sum = builder.add(builder.conv(inner, 32, 16, kernel: 3), sum)
      }
      tail = builder.conv(sum, 16, 16, kernel: 1, then: "Relu")
    case .branches:
      let narrow = builder.conv(stem, 16, 8, kernel: 1, then: "Relu")
      let wide = builder.conv(stem, 16, 8, kernel: 3, then: "Relu")
      tail = builder.conv(builder.pool(builder.concat([narrow, wide])), 16, 16, kernel: 1, then: "Relu")
    }
    tail = builder.pool(tail)
    return builder.finish(tail, features: kind == .branches ? 16 * 9 : 16 * 36)
  }
}

/// Puts layers one after the other, their weights drawn.
private struct NetworkBuilder {
  private var graph = Graph(name: "engine")
  private var random: RandomNumbers
  private var count = 0

  init(seed: UInt64) {
    random = RandomNumbers(seed: seed)
    graph.inputs = [
      ValueInfo(name: "x", elementType: .float32, shape: EngineCase.inputShape.dimensions.map { .fixed($0) })
    ]
    graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    graph.initializers["low"] = Tensor(scalar: Float(0))
    graph.initializers["three"] = Tensor(scalar: Float(3))
    graph.initializers["high"] = Tensor(scalar: Float(6))
  }

  private mutating func append(
    _ opType: String, _ inputs: [String], _ attributes: [String: Attribute] = [:]
  ) -> String {
    count += 1
    graph.nodes.append(
      Node(name: "node\(count)", opType: opType, inputs: inputs, outputs: ["v\(count)"], attributes: attributes))
    return "v\(count)"
  }

  /// - Parameter emptyChannels: Every fourth channel has weights next to 0 and a bias that is not.
  mutating func conv(
    _ input: String, _ inputs: Int, _ outputs: Int, kernel: Int, group: Int = 1, then activation: String? = nil,
    emptyChannels: Bool = false
  ) -> String {
    let taps = inputs / group * kernel * kernel
    var weights = random.floats(outputs * taps).map { $0 / Float(taps).squareRoot() * 1.7 }
    let bias = random.floats(outputs)
    if emptyChannels {
      for place in weights.indices where place / taps % 4 == 1 { weights[place] *= 1e-12 }
    }
    let name = "w\(count)", shape: Shape = [outputs, inputs / group, kernel, kernel]
    graph.initializers[name] = Tensor(weights, shape: shape)
    graph.initializers[name + ".bias"] = Tensor(bias, shape: [outputs])
    let made = append(
      "Conv", [input, name, name + ".bias"],
      [
        "kernel_shape": .ints([kernel, kernel]), "pads": .ints(Array(repeating: kernel / 2, count: 4)),
        "group": .int(group),
      ])
    guard let activation else { return made }
    return append(activation, activation == "Clip" ? [made, "low", "high"] : [made])
  }

  /// HardSwish written out, and a factor and an addend behind it.
  mutating func hardSwish(_ input: String, factor: Float? = nil, addend: Float = 0) -> String {
    let shifted = append("Add", [input, "three"])
    let gate = append("Mul", [input, append("Clip", [shifted, "low", "high"])])
    let result = append("Div", [gate, "high"])
    guard let factor else { return result }
    graph.initializers["factor\(count)"] = Tensor([factor], shape: [1])
    graph.initializers["addend\(count)"] = Tensor([addend], shape: [1])
    return append("Add", [append("Mul", ["factor\(count)", result]), "addend\(count - 1)"])
  }

  mutating func add(_ a: String, _ b: String) -> String { append("Add", [a, b]) }
  mutating func concat(_ inputs: [String]) -> String { append("Concat", inputs, ["axis": .int(1)]) }

  mutating func pool(_ input: String) -> String {
    append("MaxPool", [input], ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])])
  }

  mutating func finish(_ input: String, features: Int) -> Model {
    graph.initializers["flat"] = Tensor([1, Int64(features)], shape: [2])
    let flat = append("Reshape", [input, "flat"])
    graph.initializers["g"] = Tensor(random.floats(10 * features), shape: [10, features])
    graph.initializers["g.bias"] = Tensor(random.floats(10), shape: [10])
    graph.nodes.append(
      Node(
        name: "gemm", opType: "Gemm", inputs: [flat, "g", "g.bias"], outputs: ["y"],
        attributes: ["transB": .int(1)]))
    return Model(graph: graph, opsets: ["": 17])
  }
}

/// The least and the greatest of every value that a session shows.
final class RangeTap: TensorObserver {
  private(set) var ranges: [Int: (lower: Float, upper: Float)] = [:]

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
    var range = ranges[tensor] ?? (0, 0)
    for index in values.indices {
      let value = unsafe values[index]
      range.lower = min(range.lower, value)
      range.upper = max(range.upper, value)
    }
    ranges[tensor] = range
  }
}
