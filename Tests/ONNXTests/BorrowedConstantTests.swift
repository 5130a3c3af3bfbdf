import FoundationEssentials
import ONNX
import OnnxProto
import TensorCore
import Testing

/// Constants are read from the file itself, one by one; unusual files are read whole. Both must come to the same.
@Suite struct BorrowedConstantTests {
  /// A deprecated group of field 1000, which no reader knows: with it a message is read whole.
  private let group = Data([0xc3, 0x3e, 0xc4, 0x3e])

  private func network(_ constants: [OnnxTensorProto]) -> OnnxModelProto {
    Build.model([Build.node("Sum", ["x"] + constants.map(\.name), ["y"])], initializers: constants)
  }

  private func raw(_ name: String, _ values: [Float]) -> OnnxTensorProto {
    Build.tensor(name, .float, dims: [Int64(values.count)]) { tensor in
      tensor.rawData = unsafe values.withUnsafeBytes { unsafe Data($0) }
    }
  }

  @Test func `a file read in parts gives what it gives read whole`() throws {
    let proto = network([raw("a", [1, 2, 3]), Build.floats("b", [4, 5, 6], dims: [3]), raw("c", [])])
    let bytes = try proto.onnxBytes()
    let parts = try ONNXReader.readModel(from: bytes, path: "m.onnx")
    let whole = try ONNXReader.readModel(from: bytes + group, path: "m.onnx")
    #expect(parts.graph.initializers["a"]?.array(of: Float.self) == [1, 2, 3])
    #expect(parts.graph.initializers["b"]?.array(of: Float.self) == [4, 5, 6])
    #expect(try ONNXWriter.bytes(of: parts) == ONNXWriter.bytes(of: whole))
  }

  @Test func `a slice of a larger file is a file`() throws {
    let bytes = try network([raw("a", [7, 8])]).onnxBytes()
    let slice = (Data(repeating: 1, count: 13) + bytes + Data(repeating: 2, count: 5)).dropFirst(13).dropLast(5)
    let model = try ONNXReader.readModel(from: slice, path: "m.onnx")
    #expect(model.graph.initializers["a"]?.array(of: Float.self) == [7, 8])
  }

  @Test func `a graph in two fields is one graph`() throws {
    var second = OnnxModelProto()
    second.graph.initializer = [raw("b", [9])]
    var first = network([raw("a", [8])])
    first.graph.node = [Build.node("Sum", ["x", "a", "b"], ["y"])]
    let model = try ONNXReader.readModel(from: try first.onnxBytes() + second.onnxBytes(), path: "m.onnx")
    #expect(model.graph.initializers["a"]?.array(of: Float.self) == [8])
    #expect(model.graph.initializers["b"]?.array(of: Float.self) == [9])
  }

  @Test func `damaged files come to the same either way`() throws {
    let bytes = try network([raw("a", [1, 2, 3, 4]), raw("b", [5]), Build.floats("c", [6], dims: [1])]).onnxBytes()
    var random = SplitMix(seed: 11)
    var read = 0, refused = 0
    for _ in 0..<3000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...2, using: &random) {
        damaged[Int.random(in: 0..<damaged.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      // In front, so that a field that runs past the end does so with the group, too.
      let parts = try? ONNXWriter.bytes(of: ONNXReader.readModel(from: damaged, path: "m.onnx"))
      let whole = try? ONNXWriter.bytes(of: ONNXReader.readModel(from: group + damaged, path: "m.onnx"))
      #expect(parts == whole, "\(Array(damaged))")
      if parts == nil { refused += 1 } else { read += 1 }
    }
    #expect(read > 300 && refused > 300)
  }
}
