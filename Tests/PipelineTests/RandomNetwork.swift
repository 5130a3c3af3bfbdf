import ONNX
import TensorCore
import TestSupport

/// A small convolutional network drawn at random, with samples for it.
struct RandomNetwork {
  private(set) var model: Model
  /// The extents of one sample, `[C, H, W]`.
  let inputShape: [Int]
  private var random: RandomNumbers
  /// The values made so far, with their extents behind the batch.
  private var values: [(name: String, shape: [Int])] = []
  private var unused: Set<String> = []

  /// - Parameter nodeCount: How many nodes to draw. What no node reads becomes an output.
  init(seed: UInt64, nodeCount: Int = 12) {
    random = RandomNumbers(seed: seed)
    var extents = [Int.random(in: 1...4, using: &random)]
    for _ in 0..<2 { extents.append(Int.random(in: 5...9, using: &random)) }
    inputShape = extents
    model = Model(graph: Graph(name: "random"), opsets: ["": 13])
    let shape = [Dimension.symbolic("N")] + inputShape.map(Dimension.fixed)
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: shape)]
    values = [("x", inputShape)]
    for _ in 0..<nodeCount { addNode() }
    let leaves = values.map(\.name).filter(unused.contains)
    model.graph.outputs = leaves.map { ValueInfo(name: $0, elementType: .float32, shape: nil) }
  }

  /// The same network with every value an output, so that nothing can be fused.
  var unfused: Model {
    var model = model
    let known = Set(model.graph.outputs.map(\.name))
    let names = model.graph.nodes.flatMap(\.outputs).filter { !known.contains($0) }
    model.graph.outputs += names.map { ValueInfo(name: $0, elementType: .float32, shape: nil) }
    return model
  }

  /// `[count, C, H, W]`.
  ///
  /// - Parameter magnitude: So large may the values be; near the largest finite number the network's sums overflow.
  mutating func samples(_ count: Int, magnitude: Float = 3) -> Tensor {
    let shape = [count] + inputShape
    var values = random.floats(shape.reduce(1, *), in: -magnitude...magnitude)
    // Zeros of both signs, for they are counted apart.
    for index in values.indices where index % 7 == 0 { values[index] = index % 2 == 0 ? 0 : -0.0 }
    return Tensor(values, shape: Shape(shape))
  }

  private mutating func addNode() {
    let source = values[Int.random(in: max(0, values.count - 4)..<values.count, using: &random)]
    let (name, shape) = source
    let isPicture = shape.count == 3
    switch Int.random(in: 0..<(isPicture ? 13 : 5), using: &random) {
    case 0, 1: add("Relu", [name], shape)
    case 2: addClip(source)
    case 3: addSum(source)
    case 4: addConcatenation(source)
    case 5, 6, 7: addConvolution(source)
    case 8, 9: addNormalization(source)
    case 10: addPool(source)
    case 11: add("Reshape", [name, constant([0, -1])], [shape.reduce(1, *)])
    default: add("Transpose", [name], [shape[0], shape[2], shape[1]], ["perm": .ints([0, 1, 3, 2])])
    }
  }

  private mutating func add(
    _ opType: String, _ inputs: [String], _ shape: [Int], _ attributes: [String: Attribute] = [:]
  ) {
    let name = "t\(model.graph.nodes.count)"
    model.graph.nodes.append(
      Node(name: "n\(name)", opType: opType, inputs: inputs, outputs: [name], attributes: attributes))
    for input in inputs { unused.remove(input) }
    unused.insert(name)
    values.append((name, shape))
  }

  private mutating func addClip(_ source: (name: String, shape: [Int])) {
    let bounds: [(Float, Float)] = [(0, 0.5), (0, 1), (0, 6), (0, 0.3), (-1, 1)]
    let (lower, upper) = bounds[Int.random(in: bounds.indices, using: &random)]
    add("Clip", [source.name, constant([lower], []), constant([upper], [])], source.shape)
  }

  private mutating func addSum(_ source: (name: String, shape: [Int])) {
    let others = values.filter { $0.shape == source.shape }
    let other = others[Int.random(in: others.indices, using: &random)].name
    add("Add", Bool.random(using: &random) ? [source.name, other] : [other, source.name], source.shape)
  }

  private mutating func addConcatenation(_ source: (name: String, shape: [Int])) {
    let partners = values.filter { $0.shape.dropFirst() == source.shape.dropFirst() }
    var parts = [source]
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      parts.append(partners[Int.random(in: partners.indices, using: &random)])
    }
    let channels = parts.map { $0.shape[0] }.reduce(0, +)
    add("Concat", parts.map(\.name), [channels] + source.shape.dropFirst(), ["axis": .int(1)])
  }

  private mutating func addConvolution(_ source: (name: String, shape: [Int])) {
    let channels = source.shape[0]
    let isDepthwise = Bool.random(using: &random)
    let outputs = isDepthwise ? channels : Int.random(in: 1...4, using: &random)
    let side = Bool.random(using: &random) ? 1 : 3
    let inner = isDepthwise ? 1 : channels
    let weights = constant(random.floats(outputs * inner * side * side), [outputs, inner, side, side])
    let bias = Bool.random(using: &random) ? [constant(random.floats(outputs), [outputs])] : []
    add(
      "Conv", [source.name, weights] + bias, [outputs] + source.shape.dropFirst(),
      [
        "kernel_shape": .ints([side, side]), "group": .int(isDepthwise ? channels : 1),
        "pads": .ints(Array(repeating: side / 2, count: 4)),
      ])
  }

  private mutating func addNormalization(_ source: (name: String, shape: [Int])) {
    let channels = source.shape[0]
    let line = [-2...2, -1...1, -1...1, 0.1...3].map { constant(random.floats(channels, in: $0), [channels]) }
    add("BatchNormalization", [source.name] + line, source.shape)
  }

  private mutating func addPool(_ source: (name: String, shape: [Int])) {
    let window: [String: Attribute] = [
      "kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1]), "strides": .ints([1, 1]),
    ]
    switch Int.random(in: 0..<3, using: &random) {
    case 0: add("MaxPool", [source.name], source.shape, window)
    case 1: add("AveragePool", [source.name], source.shape, window)
    default: add("GlobalAveragePool", [source.name], [source.shape[0], 1, 1])
    }
  }

  private mutating func constant(_ values: [Float], _ shape: [Int]) -> String {
    let name = "c\(model.graph.initializers.count)"
    model.graph.initializers[name] = Tensor(values, shape: Shape(shape))
    return name
  }

  private mutating func constant(_ values: [Int64]) -> String {
    let name = "c\(model.graph.initializers.count)"
    model.graph.initializers[name] = Tensor(values, shape: [values.count])
    return name
  }
}
