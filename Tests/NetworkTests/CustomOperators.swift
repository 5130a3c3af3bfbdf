import Foundation
import ONNX
import TensorCore
import TestSupport

/// YOLO's reorg as a network of one node, and the ways to say what it computes.
enum Reorg {
  /// `x` → `yolo.Reorg` → `y`.
  static func network(stride: Int = 2) -> Model {
    var model = Model(graph: Graph(name: "reorg"), opsets: ["": 17, "yolo": 1])
    let extents = ["N", "C", "H", "W"].map(Dimension.symbolic)
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: extents)]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    model.graph.nodes = [
      Node(
        name: "reorg", opType: "Reorg", domain: "yolo", inputs: ["x"], outputs: ["y"],
        attributes: ["stride": .int(stride)])
    ]
    return model
  }

  /// The same in ONNX's own operators, for inputs of `shape`: darknet's reorg is SpaceToDepth under other extents.
  static func body(_ shape: Shape, stride: Int) -> Function {
    let (n, c, h, w) = (shape[0], shape[1], shape[2], shape[3])
    var function = Function(name: "Reorg", domain: "yolo")
    function.inputs = ["in"]
    function.outputs = ["out"]
    function.attributes = ["stride"]
    function.opsets = ["": 13]
    func shapeNode(_ name: String, _ extents: [Int]) -> Node {
      Node(name: name, opType: "Constant", inputs: [], outputs: [name], attributes: ["value_ints": .ints(extents)])
    }
    function.nodes = [
      shapeNode("wide", [n, c / (stride * stride), h * stride, w * stride]),
      shapeNode("narrow", [n, c * stride * stride, h / stride, w / stride]),
      Node(name: "first", opType: "Reshape", inputs: ["in", "wide"], outputs: ["large"]),
      Node(
        name: "middle", opType: "SpaceToDepth", inputs: ["large"], outputs: ["deep"],
        attributes: ["blocksize": .reference("stride")]),
      Node(name: "last", opType: "Reshape", inputs: ["deep", "narrow"], outputs: ["out"]),
    ]
    return function
  }
}

/// Compiles plugins with the system's C compiler.
enum PluginBuilder {
  /// The example that the header's readers are sent to.
  static let example = "\(Checkout.root)/Examples/plugins/reorg/reorg.c"

  /// Compiles a C file into `folder`; nil, with a printed reason, where there is no compiler.
  static func build(_ source: String, in folder: TemporaryFolder, for test: String = #function) throws -> String? {
    let compilers = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"]
    guard let compiler = compilers.first(where: FileManager.default.isExecutableFile) else {
      print("skipped \(test): no C compiler; install one to build plugins")
      return nil
    }
    let library = "\(folder.path)/\(URL(filePath: source).deletingPathExtension().lastPathComponent).so"
    let arguments = [
      "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", "\(Checkout.root)/Sources/CQToolPlugin/include",
      "-o", library, source,
    ]
    let result = try Command(compiler, arguments, in: folder.path).run()
    guard result.code == 0 else { throw OracleFailure(script: source, text: result.errors) }
    return library
  }
}
