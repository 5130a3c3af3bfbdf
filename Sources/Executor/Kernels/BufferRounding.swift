import KernelInterface
import Kernels
package import TensorCore

/// Writes the elements of `source`, rounded to the nearest number of `format`, ties to even, to `target`; both may be
/// the same memory.
///
/// - Parameter flushing: Whether results below the smallest normal number become zeros of their sign, as on units
///   without subnormals.
package func roundElements(
  of source: UnsafePointer<Float>, to format: NarrowFormat, flushing: Bool = false,
  into target: UnsafeMutablePointer<Float>, count: Int
) {
  unsafe KernelLibrary.current.round(source, target, count, format.rounding)
  guard flushing else { return }
  let normal = format.smallestNormal.bitPattern
  for i in 0..<count {
    let bits = unsafe target[i].bitPattern
    let magnitude = bits & 0x7fff_ffff
    unsafe target[i] = Float(bitPattern: magnitude < normal ? bits ^ magnitude : bits)
  }
}

extension NarrowFormat {
  /// As the kernels take it.
  var rounding: ValueRounding { self == .fp16 ? .binary16 : .bfloat16 }
}

extension Precision {
  /// What the results of a node are rounded to.
  var rounding: ValueRounding {
    switch self {
    case .fp32: .none
    case .fp16: .binary16
    case .bf16: .bfloat16
    }
  }
}

extension IntegerGrid {
  /// What the slice `channel` of the axis is rounded to, as the kernels take it; nil where codes have more than a byte.
  ///
  /// As [QuantizeLinear](https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html) and then DequantizeLinear: NaN becomes
  /// 0, values beyond the codes the nearest end.
  func rounding(channel: Int = 0) -> ValueRounding? {
    guard isByteWide else { return nil }
    let zero = zeroPoints[channel]
    return .grid(
      GridSteps(
        scale: scales[channel], least: Float(codes.lowerBound - zero), greatest: Float(codes.upperBound - zero)))
  }
}
