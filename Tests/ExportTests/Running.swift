import Executor
import ONNX
import TensorCore
import TestSupport

/// Runs a network in the executor.
///
/// - Parameter inputs: Nil for seeded numbers of the types that the network names; unknown extents are 2.
func run(_ model: Model, _ inputs: [Tensor]? = nil, policy: NumericPolicy = NumericPolicy()) throws -> [Tensor] {
  let inputs = inputs ?? randomInputs(of: model)
  let session = Session(try Network(model).plan(for: inputs.map(\.type), policy: policy))
  session.load(inputs)
  try session.run()
  return session.outputs.map { tensor in
    let copy = Tensor(uninitialized: tensor.type)
    unsafe copy.base.copyMemory(from: tensor.base, byteCount: tensor.type.byteCount)
    return copy
  }
}

/// Numbers between -1 and 1, and indices 0 and 1.
func randomInputs(of model: Model, seed: UInt64 = 7) -> [Tensor] {
  var random = RandomNumbers(seed: seed)
  return model.graph.inputs.map { input in
    let extents = (input.shape ?? []).map { if case .fixed(let extent) = $0 { extent } else { 2 } }
    let shape = Shape(extents)
    switch input.elementType {
    case .int64: return Tensor((0..<shape.count).map { Int64($0 % 2) }, shape: shape)
    case .bool: return Tensor((0..<shape.count).map { $0 % 2 == 0 }, shape: shape)
    case .float16: return Tensor(random.floats(shape.count).map { Float16($0) }, shape: shape)
    default: return Tensor(random.floats(shape.count), shape: shape)
    }
  }
}

/// The elements as bytes.
func bytes(of tensor: Tensor) -> [UInt8] {
  unsafe Array(UnsafeRawBufferPointer(start: tensor.base, count: tensor.type.byteCount))
}

/// Whether both hold the same types and bytes.
func isSame(_ first: [Tensor], _ second: [Tensor]) -> Bool {
  first.count == second.count && zip(first, second).allSatisfy { $0.type == $1.type && bytes(of: $0) == bytes(of: $1) }
}

/// The type of the network's outputs as the executor sees them.
func outputTypes(_ model: Model) throws -> [ElementType] { try run(model).map(\.elementType) }
