import KernelInterface
import Kernels
import TensorCore

/// Does what a stage says to the elements of `tensor`, in place. `other` is what ``StageKind/add(index:)`` adds; it lies
/// as `tensor` does.
func apply(_ stage: StageKind, to tensor: Tensor, other: Tensor?) {
  guard let values = unsafe tensor.elements(as: Float.self).baseAddress else { return }
  let table = KernelLibrary.current
  var epilogue = Epilogue()
  switch stage {
  case .clip(let lower, let upper):
    epilogue.lower = lower
    epilogue.upper = upper
    unsafe table.finish(values, tensor.count, 1, epilogue)
  case .add:
    guard let other else { return }
    unsafe epilogue.residual = unsafe UnsafePointer(other.elements(as: Float.self).baseAddress)
    unsafe table.finish(values, tensor.count, 1, epilogue)
  case .bias(let shift):
    for row in 0..<(tensor.count / max(shift.count, 1)) {
      unsafe shift.withUnsafeBufferPointer { shift in
        unsafe epilogue.residual = shift.baseAddress
        unsafe table.finish(values + row * shift.count, shift.count, 1, epilogue)
      }
    }
  case .affine(let scale, let shift):
    if case .channelsLast = tensor.type.layout {
      unsafe scale.withUnsafeBufferPointer { scale in
        unsafe shift.withUnsafeBufferPointer { shift in
          unsafe epilogue.scale = scale.baseAddress
          unsafe epilogue.shift = shift.baseAddress
          unsafe table.finish(values, tensor.count / max(scale.count, 1), scale.count, epilogue)
        }
      }
    } else {
      unsafe applyByPlane(scale, shift, values, tensor.shape)
    }
  }
}

/// `y = x · scale[c] + shift[c]` over planes that lie one behind the other.
private func applyByPlane(_ scale: [Float], _ shift: [Float], _ values: UnsafeMutablePointer<Float>, _ shape: Shape) {
  let channels = scale.count
  let plane = shape.dimensions.dropFirst(2).reduce(1, *)
  guard channels > 0, plane > 0 else { return }
  for block in 0..<(shape.count / plane) {
    let a = scale[block % channels], b = shift[block % channels]
    for i in (block * plane)..<((block + 1) * plane) { unsafe values[i] = values[i] * a + b }
  }
}
