import CalibrationData
import Executor
import ONNX
import TensorCore

/// Gives the tensors of a sample the order, shapes and types that the network's inputs have.
struct InputFitting {
  private let inputs: [ValueInfo]

  init(_ network: Network) { inputs = network.model.graph.inputs }

  /// - Returns: One tensor per input of the network, in its order.
  func fit(_ tensors: [NamedTensor], sample: String) throws(PipelineError) -> [Tensor] {
    var fitted: [Tensor] = []
    for (position, input) in inputs.enumerated() {
      let named = tensors.first { $0.name == input.name }
      // Without names the order decides, as for ONNX's own test data.
      let ordered = tensors.count == inputs.count && tensors[position].name == nil ? tensors[position] : nil
      let alone = inputs.count == 1 && tensors.count == 1 ? tensors[0] : nil
      guard let found = named ?? ordered ?? alone else {
        let names = tensors.compactMap(\.name).joined(separator: ", ")
        throw PipelineError(
          .badData,
          "sample '\(sample)': expected a tensor for the input '\(input.name)', found "
            + (names.isEmpty ? "\(tensors.count) without a name" : names) + "; name the arrays after the inputs (.npz)")
      }
      fitted.append(try fit(found.tensor, to: input, sample: sample))
    }
    return fitted
  }

  private func fit(_ tensor: Tensor, to input: ValueInfo, sample: String) throws(PipelineError) -> Tensor {
    let typed = convert(tensor, to: input.elementType ?? tensor.elementType)
    guard let typed else { throw mismatch(tensor, input, sample) }
    guard let dimensions = input.shape else { return typed }
    let shape = typed.shape.dimensions
    // A sample may carry a batch axis that the network lacks, or lack one that the network has.
    let candidates = [shape, [1] + shape] + (shape.first == 1 ? [Array(shape.dropFirst())] : [])
    for candidate in candidates where InputFitting.matches(candidate, dimensions) {
      return typed.reshaped(to: Shape(candidate))
    }
    // A network made for a fixed batch gets the sample as often as it asks: every value counts as often.
    if case .fixed(let batch)? = dimensions.first, batch > 1 {
      // A sample may carry a batch axis that the network lacks, or lack one that the network has.
      let candidates = [shape, [1] + shape] + (shape.first == 1 ? [Array(shape.dropFirst())] : [])
      for candidate in candidates where candidate.first == 1 {
        let whole = [batch] + candidate.dropFirst()
        if InputFitting.matches(whole, dimensions) { return repeated(typed, times: batch, shape: Shape(whole)) }
      }
    }
    throw mismatch(tensor, input, sample)
  }

  private static func matches(_ shape: [Int], _ dimensions: [Dimension]) -> Bool {
    guard shape.count == dimensions.count else { return false }
    return zip(shape, dimensions).allSatisfy { extent, dimension in
      if case .fixed(let wanted) = dimension { return extent == wanted }
      return true
    }
  }

  /// The same numbers as `type`, where no value can change by that; nil elsewhere.
  private func convert(_ tensor: Tensor, to type: ElementType) -> Tensor? {
    switch (tensor.elementType, type) {
    case (let own, type) where own == type: return tensor
    case (.float32, .float16): return Tensor(tensor.array(of: Float.self).map { Float16($0) }, shape: tensor.shape)
    case (.float32, .bfloat16): return Tensor(tensor.array(of: Float.self).map { BFloat16($0) }, shape: tensor.shape)
    case (.float32, .float64): return Tensor(tensor.array(of: Float.self).map(Double.init), shape: tensor.shape)
    case (.uint8, .float32), (.int8, .float32), (.uint16, .float32), (.int16, .float32):
      return tensor.integers.map { Tensor($0.map(Float.init), shape: tensor.shape) }
    case (_, .int64): return tensor.integers.map { Tensor($0.map(Int64.init), shape: tensor.shape) }
    case (_, .int32):
      let values = tensor.integers?.compactMap { Int32(exactly: $0) }
      return values.flatMap { $0.count == tensor.count ? Tensor($0, shape: tensor.shape) : nil }
    default: return nil
    }
  }

  private func repeated(_ tensor: Tensor, times: Int, shape: Shape) -> Tensor {
    let result = Tensor(uninitialized: TensorType(shape, tensor.elementType))
    let byteCount = tensor.type.byteCount
    for copy in 0..<times {
      unsafe (result.base + copy * byteCount).copyMemory(from: tensor.base, byteCount: byteCount)
    }
    return result
  }

  private func mismatch(_ tensor: Tensor, _ input: ValueInfo, _ sample: String) -> PipelineError {
    let extents = input.shape.map { "[" + $0.map(\.description).joined(separator: ", ") + "]" } ?? "of any shape"
    let type = input.elementType?.description ?? input.otherType ?? "a tensor"
    return PipelineError(
      .badData,
      "sample '\(sample)', input '\(input.name)': expected \(type) \(extents), found \(tensor.type); "
        + "check the preprocessing (resize, crop, layout)")
  }
}
