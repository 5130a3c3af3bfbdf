import Executor
import ONNX
import TensorCore
import TestSupport
import Testing

/// Products with constant matrices, whose following nodes run on their results.
@Suite struct PackedProductTests {
  private static let depth = 37

  /// `y = x · w + b + z` as MatMul and two sums, or as Gemm and a sum.
  private struct Layer {
    let columns: Int
    let weights: [Float]
    let bias: [Float]

    init(columns: Int, seed: UInt64) {
      var random = RandomNumbers(seed: seed)
      self.columns = columns
      weights = random.floats(depth * columns)
      bias = random.floats(columns)
    }

    func model(asGemm: Bool) -> Model {
      var model = Model(graph: Graph(name: "layer"), opsets: ["": 13])
      let lead: [Dimension] = asGemm ? [] : [.fixed(1)]
      model.graph.inputs = [
        ValueInfo(name: "x", elementType: .float32, shape: lead + [.symbolic("n"), .fixed(depth)]),
        ValueInfo(name: "z", elementType: .float32, shape: lead + [.symbolic("n"), .fixed(columns)]),
      ]
      model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
      let transposed = (0..<columns).flatMap { column in (0..<depth).map { weights[$0 * columns + column] } }
      model.graph.initializers = [
        "w": asGemm ? Tensor(transposed, shape: [columns, depth]) : Tensor(weights, shape: [depth, columns]),
        "b": Tensor(bias, shape: [columns]),
      ]
      if asGemm {
        let gemm = Node(
          name: "product", opType: "Gemm", inputs: ["x", "w", "b"], outputs: ["biased"],
          attributes: ["transB": .int(1)])
        model.graph.nodes = [gemm]
      } else {
        model.graph.nodes = [
          Node(name: "product", opType: "MatMul", inputs: ["x", "w"], outputs: ["raw"]),
          Node(name: "bias", opType: "Add", inputs: ["b", "raw"], outputs: ["biased"]),
        ]
      }
      model.graph.nodes.append(Node(name: "residual", opType: "Add", inputs: ["biased", "z"], outputs: ["y"]))
      return model
    }

    /// In float64.
    func reference(_ x: [Float], _ z: [Float]) -> [Double] {
      z.indices.map { place in
        let (row, column) = place.quotientAndRemainder(dividingBy: columns)
        return (0..<depth).reduce(Double(bias[column]) + Double(z[place])) {
          $0 + Double(x[row * depth + $1]) * Double(weights[$1 * columns + column])
        }
      }
    }
  }

  private final class Ignoring: TensorObserver {
    func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {}
  }

  private func run(_ network: Network, _ inputs: [Tensor], _ scope: ObservationScope = .nothing) throws -> [Float] {
    let session = Session(try network.plan(for: inputs.map(\.type), observing: scope))
    session.load(inputs)
    try session.run(observer: scope == .nothing ? nil : Ignoring())
    return try #require(session.output(0)?.floats)
  }

  private func inputs(_ rows: Int, _ columns: Int, asGemm: Bool) -> (x: [Float], z: [Float], tensors: [Tensor]) {
    var random = RandomNumbers(seed: UInt64(rows * 1000 + columns))
    let x = random.floats(rows * Self.depth), z = random.floats(rows * columns)
    let lead = asGemm ? [] : [1]
    return (
      x, z, [Tensor(x, shape: Shape(lead + [rows, Self.depth])), Tensor(z, shape: Shape(lead + [rows, columns]))]
    )
  }

  /// Rows and columns below, at and above what the packed product takes, with and without whole vectors; as many rows as
  /// columns, so that an axis could be taken for the other.
  @Test(arguments: [(1, 20), (15, 16), (16, 16), (20, 20), (33, 70), (64, 64), (50, 15)], [false, true])
  func `a layer is its definition, whoever looks`(extents: (rows: Int, columns: Int), asGemm: Bool) throws {
    let layer = Layer(columns: extents.columns, seed: 5)
    let network = try Network(layer.model(asGemm: asGemm))
    let given = inputs(extents.rows, extents.columns, asGemm: asGemm)
    let bare = try run(network, given.tensors)
    for (found, expected) in zip(bare, layer.reference(given.x, given.z)) {
      #expect(abs(Double(found) - expected) < 1e-4)
    }
    #expect(try run(network, given.tensors, .all).map(\.bitPattern) == bare.map(\.bitPattern))
  }

  @Test func `plans of several sizes share the weights, and a later network has its own`() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let layer = Layer(columns: 32, seed: seed)
      let network = try Network(layer.model(asGemm: false))
      // All plans live until the end of the turn; the next turn's weights may come to lie where these did.
      let plans = try [40, 17, 24].map { rows in
        (rows, try network.plan(for: inputs(rows, 32, asGemm: false).tensors.map(\.type)))
      }
      for (rows, plan) in plans {
        let given = inputs(rows, 32, asGemm: false)
        let session = Session(plan)
        session.load(given.tensors)
        try session.run()
        let found = try #require(session.output(0)?.floats)
        for (found, expected) in zip(found, layer.reference(given.x, given.z)) {
          #expect(abs(Double(found) - expected) < 1e-4)
        }
      }
    }
  }
}
