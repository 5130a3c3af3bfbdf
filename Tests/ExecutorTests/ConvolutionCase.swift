import Executor
import ONNX
import TensorCore
import TestSupport

/// A convolution of random shape, with or without the stages that often follow it.
struct ConvolutionCase: CustomStringConvertible {
  var batch: Int
  var group: Int
  var channels: Int
  var outputs: Int
  var size: [Int]
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var pads: [Int]
  var hasBias: Bool
  var scale: [Float]?
  var isAdded: Bool
  var bound: Float?
  private(set) var weights: [Float] = []
  private(set) var bias: [Float] = []
  private(set) var shift: [Float] = []
  private(set) var addend: [Float] = []

  init(_ random: inout RandomNumbers) {
    batch = random.int(in: 1...2)
    let kind = random.int(in: 0...3)
    switch kind {
    case 0:  // depthwise
      channels = random.int(in: 1...40)
      (group, outputs) = (channels, channels)
    case 1:  // grouped
      group = random.int(in: 2...3)
      channels = group * random.int(in: 1...20)
      outputs = group * random.int(in: 1...40)
    default:
      group = 1
      channels = random.int(in: 1...70)
      outputs = random.int(in: 1...150)
    }
    let isLine = random.int(in: 0...5) == 0
    let axes = isLine ? 1 : 2
    let taps = (0..<axes).map { _ in [1, 2, 3, 5][random.int(in: 0...3)] }
    let spread = (0..<axes).map { _ in random.int(in: 1...2) }
    kernel = taps
    dilations = spread
    strides = (0..<axes).map { _ in random.int(in: 1...2) }
    pads = (0..<(2 * axes)).map { _ in random.int(in: 0...2) }
    size = (0..<axes).map { (taps[$0] - 1) * spread[$0] + 1 + random.int(in: 0...9) }
    hasBias = random.int(in: 0...1) == 1
    scale = nil
    isAdded = random.int(in: 0...2) == 0
    bound = random.int(in: 0...1) == 1 ? 0.75 : nil
    if random.int(in: 0...2) == 0 { scale = [] }
    draw(&random)
  }

  /// Draws the constants for the shapes as they are now.
  mutating func draw(_ random: inout RandomNumbers) {
    weights = random.floats(outputs * channels / group * kernel.reduce(1, *))
    bias = random.floats(outputs)
    if scale != nil { scale = random.floats(outputs) }
    shift = random.floats(outputs)
    addend = random.floats(batch * outputs * output.reduce(1, *))
  }

  var description: String {
    "\(batch)x\(channels)x\(size), group \(group), \(outputs) outputs, kernel \(kernel), strides \(strides), dilations "
      + "\(dilations), pads \(pads), bias \(hasBias), scaled \(scale != nil), added \(isAdded), bound \(bound ?? .nan)"
  }

  var inputShape: Shape { Shape([batch, channels] + size) }
  var output: [Int] {
    size.indices.map { axis in
      (size[axis] + pads[axis] + pads[size.count + axis] - (kernel[axis] - 1) * dilations[axis] - 1) / strides[axis] + 1
    }
  }

  /// Whether a window of a 1 × 1 kernel reads pixel `position` of the image.
  func isHit(_ position: Int) -> Bool {
    position / size[1] % strides[0] == 0 && position % size[1] % strides[1] == 0
  }

  func run(_ x: Tensor, policy: NumericPolicy = NumericPolicy()) throws -> [Float] {
    var graph = Graph(name: "test")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.initializers["w"] = Tensor(weights, shape: Shape([outputs, channels / group] + kernel))
    graph.initializers["b"] = Tensor(bias, shape: [outputs])
    graph.nodes = [
      Node(
        name: "conv", opType: "Conv", inputs: hasBias ? ["x", "w", "b"] : ["x", "w"], outputs: ["y"],
        attributes: [
          "strides": .ints(strides), "dilations": .ints(dilations), "pads": .ints(pads), "group": .int(group),
        ])
    ]
    let perChannel = Shape([1, outputs] + Array(repeating: 1, count: size.count))
    func append(_ opType: String, _ name: String, _ constant: Tensor) {
      let last = graph.nodes[graph.nodes.count - 1].outputs[0]
      graph.initializers[name] = constant
      graph.nodes.append(Node(name: name, opType: opType, inputs: [last, name], outputs: [name + ".y"]))
    }
    if let scale {
      append("Mul", "scale", Tensor(scale, shape: perChannel))
      append("Add", "shift", Tensor(shift, shape: perChannel))
    }
    if isAdded { append("Add", "addend", Tensor(addend, shape: Shape([batch, outputs] + output))) }
    if let bound {
      let last = graph.nodes[graph.nodes.count - 1].outputs[0]
      graph.initializers["low"] = Tensor(scalar: -bound)
      graph.initializers["high"] = Tensor(scalar: bound)
      graph.nodes.append(Node(name: "clip", opType: "Clip", inputs: [last, "low", "high"], outputs: ["clip"]))
    }
    return try ExecutorTests.run(graph, output: graph.nodes[graph.nodes.count - 1].outputs[0], x, policy: policy)
  }

  /// The definition: every product in double precision.
  func reference(_ x: Tensor) -> [Double] {
    let values = x.array(of: Float.self)
    // A line is an image of one row.
    func two(_ list: [Int], _ filler: Int) -> [Int] { list.count == 1 ? [filler] + list : list }
    let size = two(size, 1), kernel = two(kernel, 1), strides = two(strides, 1), dilations = two(dilations, 1)
    let output = two(output, 1), top = pads.count == 2 ? 0 : pads[0], left = pads.count == 2 ? pads[0] : pads[1]
    let inputs = channels / group, plane = size[0] * size[1]
    var result: [Double] = []
    for item in 0..<batch {
      for channel in 0..<outputs {
        let first = channel / (outputs / group) * inputs
        for y in 0..<output[0] {
          for column in 0..<output[1] {
            var sum = hasBias ? Double(bias[channel]) : 0
            for input in 0..<inputs {
              for ky in 0..<kernel[0] {
                for kx in 0..<kernel[1] {
                  let sy = y * strides[0] + ky * dilations[0] - top, sx = column * strides[1] + kx * dilations[1] - left
                  guard sy >= 0, sy < size[0], sx >= 0, sx < size[1] else { continue }
                  let weight = weights[((channel * inputs + input) * kernel[0] + ky) * kernel[1] + kx]
                  sum += Double(weight) * Double(values[(item * channels + first + input) * plane + sy * size[1] + sx])
                }
              }
            }
            if let scale { sum = sum * Double(scale[channel]) + Double(shift[channel]) }
            if isAdded { sum += Double(addend[result.count]) }
            if let bound { sum = min(max(sum, Double(-bound)), Double(bound)) }
            result.append(sum)
          }
        }
      }
    }
    return result
  }
}
