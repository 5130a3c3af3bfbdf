import Executor
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// Small networks of image operators, planned and run, against the definitions in double precision.
@Suite struct ImageNetworkTests {
  @Test(arguments: 0..<60)
  func `a convolution equals its definition in double precision`(seed: Int) throws {
    var random = RandomNumbers(seed: UInt64(seed) + 1)
    let convolution = ConvolutionCase(&random)
    let x = random.tensor(convolution.inputShape)
    let found = try convolution.run(x)
    let expected = convolution.reference(x)
    expectClose(found, expected, "\(convolution)")
  }

  @Test func `NaN reaches the outputs of its window and no others`() throws {
    var random = RandomNumbers(seed: 5)
    var convolution = ConvolutionCase(&random)
    convolution.group = 1
    convolution.channels = 16
    convolution.outputs = 16
    convolution.kernel = [1, 1]
    convolution.pads = [0, 0, 0, 0]
    convolution.size = [3, 3]
    convolution.draw(&random)
    var values = random.floats(16 * 9 * convolution.batch)
    values[4] = .nan
    let found = try convolution.run(Tensor(values, shape: convolution.inputShape))
    // Pixel 4 of the first image is NaN in every output channel before the clip, and NaN passes that.
    let plane = convolution.output[0] * convolution.output[1]
    #expect(found.filter(\.isNaN).count == (convolution.isHit(4) ? 16 : 0), "\(plane)")
  }

  @Test(arguments: [1, 3, 16, 24])
  func `what is joined, pooled and added across layouts equals the same in another order`(channels: Int) throws {
    var random = RandomNumbers(seed: UInt64(channels))
    // conv → (relu → maxpool) and (sigmoid → averagepool), joined, plus a row-major view, then the global mean.
    let weights = random.tensor([channels, 2, 3, 3])
    let bias = random.tensor([channels])
    var graph = Graph(name: "test")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.initializers = ["w": weights, "b": bias]
    let window: [String: Attribute] = [
      "kernel_shape": .ints([3, 3]), "strides": .ints([2, 2]), "pads": .ints([1, 1, 0, 1]),
    ]
    graph.nodes = [
      Node(
        name: "c", opType: "Conv", inputs: ["x", "w", "b"], outputs: ["c"], attributes: ["pads": .ints([1, 1, 1, 1])]),
      Node(name: "r", opType: "Relu", inputs: ["c"], outputs: ["r"]),
      Node(name: "s", opType: "Sigmoid", inputs: ["c"], outputs: ["s"]),
      Node(name: "m", opType: "MaxPool", inputs: ["r"], outputs: ["m"], attributes: window),
      Node(name: "a", opType: "AveragePool", inputs: ["s"], outputs: ["a"], attributes: window),
      Node(name: "j", opType: "Concat", inputs: ["m", "a"], outputs: ["j"], attributes: ["axis": .int(1)]),
      Node(name: "t", opType: "Transpose", inputs: ["j"], outputs: ["t"], attributes: ["perm": .ints([0, 1, 3, 2])]),
      Node(name: "u", opType: "Transpose", inputs: ["t"], outputs: ["u"], attributes: ["perm": .ints([0, 1, 3, 2])]),
      Node(name: "p", opType: "Add", inputs: ["u", "j"], outputs: ["p"]),
      Node(name: "g", opType: "GlobalAveragePool", inputs: ["p"], outputs: ["g"]),
      Node(name: "q", opType: "Mul", inputs: ["p", "g"], outputs: ["q"]),
    ]
    let x = random.tensor([2, 2, 7, 6])
    let results = try ["m", "a", "j", "p", "g", "q", "c"].map { try run(graph, output: $0, x) }
    let c = results[6]
    let relu = c.map { max($0, 0) }, sigmoid = c.map { Float(1 / (1 + exp(-Double($0)))) }
    let m = pooled(relu, planes: 2 * channels) { $0.max() ?? -.infinity }
    let a = pooled(sigmoid, planes: 2 * channels) { $0.reduce(0, +) / Float($0.count) }
    expectClose(results[0], m.map(Double.init), "max pool")
    expectClose(results[1], a.map(Double.init), "average pool")
    let plane = m.count / (2 * channels)
    let joined = (0..<2).flatMap { item -> [Float] in
      let part = (item * channels * plane)..<((item + 1) * channels * plane)
      return Array(m[part]) + Array(a[part])
    }
    expectClose(results[2], joined.map(Double.init), "concat")
    expectClose(results[3], joined.map { Double($0) * 2 }, "add")
    let means = (0..<(4 * channels)).map { channel in
      joined[(channel * plane)..<((channel + 1) * plane)].reduce(0.0) { $0 + 2 * Double($1) } / Double(plane)
    }
    expectClose(results[4], means, "global mean")
    expectClose(results[5], joined.enumerated().map { Double($1) * 2 * means[$0 / plane] }, "mul")
  }

  /// 3 × 3 windows, stride 2, pads 1, 1, 0, 1 over planes of 7 × 6; padding does not count.
  private func pooled(_ x: [Float], planes: Int, _ reduce: ([Float]) -> Float) -> [Float] {
    (0..<planes).flatMap { plane in
      (0..<3).flatMap { y in
        (0..<3).map { column in
          var window: [Float] = []
          for dy in 0..<3 {
            for dx in 0..<3 {
              let sy = y * 2 + dy - 1, sx = column * 2 + dx - 1
              if (0..<7).contains(sy), (0..<6).contains(sx) { window.append(x[plane * 42 + sy * 6 + sx]) }
            }
          }
          return reduce(window)
        }
      }
    }
  }

  @Test func `NaN in a window wins in either layout`() throws {
    for channels in [3, 16] {
      var graph = Graph(name: "test")
      graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
      graph.initializers = ["w": identity(channels)]
      graph.nodes = [
        Node(name: "c", opType: "Conv", inputs: ["x", "w"], outputs: ["c"]),
        Node(name: "m", opType: "MaxPool", inputs: ["c"], outputs: ["m"], attributes: ["kernel_shape": .ints([2, 2])]),
      ]
      var values = [Float](repeating: 1, count: channels * 9)
      values[4] = .nan
      let found = try run(graph, output: "m", Tensor(values, shape: [1, channels, 3, 3]))
      // All four windows hold the centre; 0 · NaN reaches the other channels too.
      #expect(found.allSatisfy { $0.isNaN })
    }
  }

  private func identity(_ channels: Int) -> Tensor {
    Tensor(
      (0..<(channels * channels)).map { Float($0 / channels == $0 % channels ? 1 : 0) },
      shape: [channels, channels, 1, 1])
  }
}

/// Runs `graph` on `x`; the values of `output`.
func run(_ graph: Graph, output: String, _ x: Tensor, policy: NumericPolicy = NumericPolicy()) throws -> [Float] {
  var graph = graph
  graph.outputs = [ValueInfo(name: output, elementType: .float32, shape: nil)]
  let network = try Network(Model(graph: graph, opsets: ["": 17]))
  let session = Session(try network.plan(for: [x.type], policy: policy))
  session.load([x])
  try session.run()
  return session.outputs[0].array(of: Float.self)
}

func expectClose(_ found: [Float], _ expected: [Double], _ what: String) {
  #expect(found.count == expected.count, "\(what)")
  let largest = max(expected.map(abs).max() ?? 0, 1)
  let worst = zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0
  #expect(worst <= 1e-5 * largest, "\(what): \(worst)")
}
