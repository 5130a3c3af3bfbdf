import TensorCore

extension Precision {
  /// Rounds the elements of a float32 tensor where they lie; leaves other tensors alone.
  func round(_ tensor: Tensor) {
    guard tensor.elementType == .float32 else { return }
    let values = unsafe tensor.elements(as: Float.self)
    guard let base = values.baseAddress else { return }
    switch self {
    case .fp32: break
    case .fp16: unsafe TensorCore.round(base, to: .fp16, into: base, count: values.count)
    case .bf16: unsafe TensorCore.round(base, to: .bf16, into: base, count: values.count)
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

/// What the elements of a tensor are rounded to: a floating-point format, or the numbers that integer codes stand for.
enum NumberForm: Sendable, Hashable {
  case precision(Precision)
  /// The format is that of the numbers that the codes become again.
  case grid(IntegerGrid, Precision)

  /// The format of the numbers, or of those that the codes become again.
  var precision: Precision {
    switch self {
    case .precision(let precision), .grid(_, let precision): precision
    }
  }

  /// Whether a tensor of this shape can be rounded so: a grid with an axis needs a scale for each slice.
  func fits(_ shape: Shape) -> Bool {
    guard case .grid(let grid, _) = self, let axis = grid.axis else { return true }
    return axis >= 0 && axis < shape.rank && shape[axis] == grid.scales.count
  }

  /// A rounded copy of a float32 tensor; other tensors as they are.
  func rounding(_ tensor: Tensor) -> Tensor {
    guard tensor.elementType == .float32 else { return tensor }
    switch self {
    case .precision(let precision): return precision.rounding(tensor)
    case .grid(let grid, let precision):
      let copy = Tensor(tensor.array(of: Float.self), shape: tensor.shape)
      grid.round(copy, into: copy)
      precision.round(copy)
      return copy
    }
  }
}

/// Copies a tensor and rounds the copy: what a node in a low format reads of a tensor that others read in full.
///
/// The copy may lie where the tensor lies.
struct RoundingKernel: Kernel {
  let form: NumberForm

  func run(_ frame: inout Frame) throws(OperatorError) {
    let source = try frame.input(0), target = frame.outputs[0]
    switch form {
    case .precision(let precision):
      if !source.sharesStorage(with: target) {
        unsafe target.base.copyMemory(from: source.base, byteCount: source.type.byteCount)
      }
      precision.round(target)
    case .grid(let grid, let precision):
      grid.round(source, into: target)
      precision.round(target)
    }
  }
}
