import KernelInterface
import Kernels
import TensorCore

extension Precision {
  /// Rounds the elements of a float32 tensor where they lie; leaves other tensors alone.
  func round(_ tensor: Tensor) {
    guard self != .fp32, tensor.elementType == .float32 else { return }
    round(tensor, into: tensor)
  }

  /// Writes the rounded elements of a float32 tensor to another; they may share their bytes.
  func round(_ source: Tensor, into target: Tensor) {
    guard let from = unsafe source.elements(as: Float.self).baseAddress,
      let to = unsafe target.elements(as: Float.self).baseAddress
    else { return }
    unsafe KernelLibrary.current.round(from, to, source.count, rounding)
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

  /// As the kernels take it, where all elements are rounded alike and once.
  var rounding: ValueRounding? {
    switch self {
    case .precision(let precision): precision.rounding
    case .grid(let grid, .fp32) where grid.isPerTensor: grid.rounding()
    case .grid: nil
    }
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
    case .precision(let precision): precision.round(source, into: target)
    case .grid(let grid, let precision):
      grid.round(source, into: target)
      precision.round(target)
    }
  }
}
