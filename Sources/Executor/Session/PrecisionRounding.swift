import TensorCore

extension Precision {
  /// Rounds the elements of a float32 tensor where they lie; leaves other tensors alone.
  func round(_ tensor: Tensor) {
    guard tensor.elementType == .float32 else { return }
    let values = unsafe tensor.elements(as: Float.self)
    switch self {
    case .fp32: break
    case .fp16: for i in values.indices { unsafe values[i] = binary16Rounded(values[i]) }
    case .bf16: for i in values.indices { unsafe values[i] = bfloat16Rounded(values[i]) }
    }
  }

  /// A rounded copy.
  func rounding(_ tensor: Tensor) -> Tensor {
    guard tensor.elementType == .float32 else { return tensor }
    let copy = Tensor(tensor.array(of: Float.self), shape: tensor.shape)
    round(copy)
    return copy
  }
}

/// Copies a tensor and rounds the copy: what a node in a low format reads of a tensor that others read in full.
struct RoundingKernel: Kernel {
  let precision: Precision

  func run(_ frame: inout Frame) throws(OperatorError) {
    let source = try frame.input(0)
    unsafe frame.outputs[0].base.copyMemory(from: source.base, byteCount: source.type.byteCount)
    precision.round(frame.outputs[0])
  }
}
