import CalibrationData
import Foundation
import ONNX
import TensorCore
import TestSupport

/// A folder with a small network and samples for it, and the program to run on them.
///
/// `in/` holds `net.onnx`, `samples.npy` and whatever a test adds; the program is told to write into `out/`.
final class Workplace {
  let folder: TemporaryFolder
  /// The extents of one sample.
  static let sampleShape = [1, 8, 8]

  init(sampleCount: Int = 4) throws {
    folder = try TemporaryFolder()
    for name in ["in", "out"] {
      try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }
    try ONNXWriter.write(Workplace.network(), to: path("in/net.onnx"))
    try write(samples: sampleCount, to: "in/samples.npy")
  }

  /// The absolute path of a file in the folder.
  func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  /// Writes `[count, 1, 8, 8]` floats between -1 and 1; `change` may spoil them.
  func write(samples count: Int, to name: String, change: (inout [Float]) -> Void = { _ in }) throws {
    var random = RandomNumbers(seed: 1)
    let shape = [count] + Workplace.sampleShape
    var values = random.floats(shape.reduce(1, *))
    change(&values)
    try NPYWriter.write(Tensor(values, shape: Shape(shape)), to: path(name))
  }

  /// The program with `arguments`, in this folder. No environment variable names data.
  func command(_ arguments: [String]) -> Command {
    var command = Command(Checkout.program, arguments, in: folder.path)
    command.environment["QTOOL_DATA_ROOT"] = .some(nil)
    return command
  }

  /// The same with `calibrate` before the arguments.
  func calibrate(_ arguments: [String]) -> Command { command(["calibrate"] + arguments) }

  /// What the program wrote, and what it forgot to remove.
  var written: [String] { folder.entries.filter { $0.hasPrefix("out/") } }

  /// `x` → Conv → `features` → Relu → `y`, with convolutions added in between.
  ///
  /// - Parameter opType: The last node's operator.
  static func network(
    opType: String = "Relu", shape: [Int] = sampleShape, convolutions: Int = 1, channels: Int = 2
  ) -> Model {
    var model = Model(graph: Graph(name: "small"), opsets: ["": 13])
    let extents = [Dimension.symbolic("N")] + shape.map(Dimension.fixed)
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: extents)]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    var random = RandomNumbers(seed: 2)
    var last = "x", inputs = shape[0]
    for layer in 0..<convolutions {
      let output = layer == 0 ? "features" : "features\(layer)"
      model.graph.initializers["w\(layer)"] = Tensor(
        random.floats(channels * inputs * 9), shape: Shape([channels, inputs, 3, 3]))
      model.graph.nodes.append(
        Node(
          name: "conv\(layer)", opType: "Conv", inputs: [last, "w\(layer)"], outputs: [output],
          attributes: ["kernel_shape": .ints([3, 3]), "pads": .ints([1, 1, 1, 1])]))
      last = output
      inputs = channels
    }
    model.graph.nodes.append(Node(name: "last", opType: opType, inputs: [last], outputs: ["y"]))
    return model
  }
}
