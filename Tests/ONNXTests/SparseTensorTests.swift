import ONNX
import OnnxProto
import TensorCore
import Testing

@Suite struct SparseTensorTests {
  func read(
    values: [Float], indices: [Int64], indexDims: [Int64], dims: [Int64]
  ) throws -> Tensor? {
    var sparse = OnnxSparseTensorProto()
    sparse.values = Build.floats("w", values, dims: [Int64(values.count)])
    sparse.indices = Build.tensor("", .int64, dims: indexDims) { $0.int64Data = indices }
    sparse.dims = dims
    var model = Build.model([Build.node("Add", ["x", "w"], ["y"])])
    model.graph.sparseInitializer = [sparse]
    return try ONNXTests.read(model).graph.initializers["w"]
  }

  @Test func `row-major positions and coordinates give the same tensor`() throws {
    let expected: [Float] = [0, 5, 0, 0, 0, 7]
    let linear = try read(values: [5, 7], indices: [1, 5], indexDims: [2], dims: [2, 3])
    let coordinates = try read(values: [5, 7], indices: [0, 1, 1, 2], indexDims: [2, 2], dims: [2, 3])
    #expect(linear?.array(of: Float.self) == expected)
    #expect(coordinates?.array(of: Float.self) == expected)
    #expect(coordinates?.shape == [2, 3])
  }

  @Test func `a tensor without values is all zeros`() throws {
    #expect(try read(values: [], indices: [], indexDims: [0], dims: [2])?.array(of: Float.self) == [0, 0])
  }

  @Test(arguments: [([6], [1]), ([-1], [1]), ([0, 3], [1, 2]), ([0, 0, 0], [1, 3])] as [([Int64], [Int64])])
  func `positions outside the tensor are refused`(indices: [Int64], indexDims: [Int64]) {
    let found = fault { _ = try read(values: [5], indices: indices, indexDims: indexDims, dims: [2, 3]) }
    guard case .tensor(.initializer("w"), .sparse) = found else {
      Issue.record("expected .sparse, found \(String(describing: found))")
      return
    }
  }

  @Test func `few bytes cannot ask for much memory`() {
    let found = fault { _ = try read(values: [5], indices: [0], indexDims: [1], dims: [1 << 40]) }
    #expect(
      found == .tensor(.initializer("w"), .tooLarge(byteCount: 1 << 42, limit: ONNXReader.maximumSparseByteCount)))
  }
}
