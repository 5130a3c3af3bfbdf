import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// Networks that protobuf cannot hold.
@Suite struct LargeNetworkTests {
  /// Takes 2.4 GB of disk twice and 5 GB of memory, so only where QTOOL_LARGE_TESTS is set.
  @Test func `a network beyond 2 GiB is read from its external data and written beside its file`() throws {
    guard ProcessInfo.processInfo.environment["QTOOL_LARGE_TESTS"] != nil else {
      print("skipped: a network beyond 2 GiB; set QTOOL_LARGE_TESTS")
      return
    }
    let folder = try TemporaryFolder()
    let (rows, width) = (600_000, 1024)
    var model = Model(graph: Graph(name: "table"), opsets: ["": 12])
    model.graph.inputs = [ValueInfo(name: "ids", elementType: .int64, shape: [.symbolic("N")])]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: nil)]
    let table = Tensor(uninitialized: TensorType([rows, width]))
    let values = unsafe table.elements(as: Float.self)
    for index in values.indices { unsafe values[index] = Float(index % 1000) }
    model.graph.initializers["table"] = table
    model.graph.nodes = [Node(name: "rows", opType: "Gather", inputs: ["table", "ids"], outputs: ["y"])]
    try ONNXWriter.writeWithExternalData(model, to: "\(folder.path)/net.onnx")

    let result = try Command(
      Checkout.program, ["export", "net.onnx", "--format", "opset", "--opset", "17", "-o", "new.onnx"], in: folder.path
    ).run()
    #expect(result.code == 0, "\(result.errors)")
    #expect(folder.entries == ["net.onnx", "net.onnx.data", "new.onnx", "new.onnx.data", "new.onnx.json"])
    let new = try ONNXReader.readModel(at: "\(folder.path)/new.onnx")
    let copy = try #require(new.graph.initializers["table"])
    #expect(copy.shape == [rows, width] && copy.type.byteCount > 1 << 31)
    let copied = unsafe copy.elements(as: Float.self)
    for index in [0, 1, values.count / 2, values.count - 1] {
      let found = unsafe copied[index]
      #expect(found == Float(index % 1000))
    }
  }
}
