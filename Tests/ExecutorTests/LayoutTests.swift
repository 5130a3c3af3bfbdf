import Executor
import ONNX
import TensorCore
import TestSupport
import Testing

/// What moves elements, or weighs them, of channels-last images: bit by bit what it makes of the same in ONNX's order.
@Suite struct LayoutTests {
  /// An operator on `[2, 16, 6, 5]`.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let opType: String
    var attributes: [String: Attribute] = [:]
    /// Behind the image; an empty tensor stands for none.
    var constants: [Tensor] = []
    var outputs = 1
    /// How often the image itself is an input.
    var images = 1
    /// Whether it has code for channels-last images.
    var followsLayout = true
  }

  static func text(_ value: String) -> Attribute { .string(Array(value.utf8)) }
  static func ints(_ values: Int64...) -> Tensor { Tensor(values, shape: [values.count]) }
  static func floats(_ values: Float...) -> Tensor { Tensor(values, shape: [values.count]) }

  static func resize(_ mode: String, _ coordinates: String, _ scales: Tensor, _ more: [String: Attribute] = [:]) -> Case
  {
    let named: [String: Attribute] = ["mode": text(mode), "coordinate_transformation_mode": text(coordinates)]
    return Case(
      testDescription: "\(mode) \(coordinates) \(scales.array(of: Float.self))", opType: "Resize",
      attributes: named.merging(more) { $1 }, constants: [floats(), scales])
  }

  static func slice(_ starts: Tensor, _ ends: Tensor, _ axes: Tensor, _ steps: Tensor) -> Case {
    Case(
      testDescription: "slice of axes \(axes.array(of: Int64.self))", opType: "Slice",
      constants: [starts, ends, axes, steps])
  }

  static func pad(_ mode: String, _ pads: Tensor) -> Case {
    Case(
      testDescription: "\(mode) pad \(pads.array(of: Int64.self))", opType: "Pad", attributes: ["mode": text(mode)],
      constants: [pads, Tensor(scalar: Float(-3))])
  }

  static func rowMajor(_ item: Case) -> Case {
    var item = item
    item.followsLayout = false
    return item
  }

  static let cases: [Case] =
    [
      resize("nearest", "asymmetric", floats(1, 1, 2, 2), ["nearest_mode": text("floor")]),
      resize("nearest", "half_pixel", floats(1, 1, 0.5, 1.6)),
      resize("linear", "align_corners", floats(1, 1, 2.5, 0.8)),
      resize("cubic", "half_pixel", floats(1, 1, 1, 2)),
      resize("linear", "half_pixel", floats(2, 1, 0.5, 2), ["antialias": .int(1)]),
      rowMajor(resize("nearest", "asymmetric", floats(1, 2, 2, 1))),
      slice(ints(2), ints(14), ints(1), ints(3)),
      slice(ints(-1, 1), ints(-100, 5), ints(1, 2), ints(-1, 2)),
      slice(ints(1, 0), ints(2, 4), ints(0, 3), ints(1, 1)),
      slice(ints(3, 1), ints(4, 100), ints(1, 2), ints(.max, .max - 1)),
      slice(ints(3), ints(3), ints(1), ints(1)),
      pad("constant", ints(0, 0, 1, 2, 0, 0, 3, 0)), pad("constant", ints(0, 2, -1, 0, 1, 3, 0, -2)),
      pad("reflect", ints(0, 0, 2, 2, 0, 1, 2, 1)), pad("edge", ints(0, 1, 0, 2, 0, 0, 1, 0)),
      Case(
        testDescription: "split of channels", opType: "Split", attributes: ["axis": .int(1)],
        constants: [ints(3, 0, 13)],
        outputs: 3),
      Case(testDescription: "split of rows", opType: "Split", attributes: ["axis": .int(-2)], outputs: 2),
      Case(testDescription: "split of images", opType: "Split", attributes: ["axis": .int(0)], outputs: 2),
    ]
    + (-1...2).map {
      Case(testDescription: "concat along \($0)", opType: "Concat", attributes: ["axis": .int($0)], images: 3)
    }

  @Test(arguments: cases) func `either layout gives the same bits`(_ item: Case) throws {
    var random = RandomNumbers(seed: 3)
    let x = random.tensor([2, 16, 6, 5])
    for output in 0..<item.outputs {
      let rowMajor = try result(of: item, on: "x", output: output, x)
      let channelsLast = try result(of: item, on: "c", output: output, x)
      #expect(rowMajor == channelsLast)
    }
  }

  /// Applies the operator to the input `x`, which lies as ONNX orders it, or to `c`, a convolution of it that changes
  /// nothing but the layout.
  private func result(of item: Case, on name: String, output: Int, _ x: Tensor) throws -> [UInt32] {
    let channels = x.shape[1]
    let identity = (0..<channels * channels).map { Float($0 / channels == $0 % channels ? 1 : 0) }
    var graph = Graph(name: "test")
    graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: nil)]
    graph.initializers = ["w": Tensor(identity, shape: [channels, channels, 1, 1])]
    var inputs = Array(repeating: name, count: item.images)
    for (index, constant) in item.constants.enumerated() {
      graph.initializers["k\(index)"] = constant
      inputs.append(constant.count == 0 ? "" : "k\(index)")
    }
    graph.nodes = [
      Node(name: "c", opType: "Conv", inputs: ["x", "w"], outputs: ["c"]),
      Node(
        name: "y", opType: item.opType, inputs: inputs, outputs: (0..<item.outputs).map { "y\($0)" },
        attributes: item.attributes),
    ]
    graph.outputs = [ValueInfo(name: "y\(output)", elementType: .float32, shape: nil)]
    let plan = try Network(Model(graph: graph, opsets: ["": 18])).plan(for: [x.type])
    if name == "c" {
      let steps = StepTimes(plan).entries.map(\.opType)
      let conv = try #require(steps.firstIndex(of: "Conv")), last = try #require(steps.lastIndex(of: item.opType))
      #expect(steps[conv..<last].contains("Layout") != item.followsLayout, "\(steps)")
    }
    let session = Session(plan)
    session.load([x])
    try session.run()
    return session.outputs[0].array(of: Float.self).map(\.bitPattern)
  }
}
