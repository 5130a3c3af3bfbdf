package import TensorCore

/// How a node computes that runs in a 16-bit format.
package struct NarrowArithmetic: Sendable, Hashable {
  package var format: NarrowFormat
  /// Where results are rounded: after a fused step, as engine builders do, or after every operator, as frameworks do.
  package var rounding: NumericPolicy.Rounding
  /// Whether subnormal results become zero.
  package var flushesSubnormals = false
  package var accumulation = Accumulation.wide
  /// How operators compute that have steps of their own inside, such as Softmax and LayerNormalization.
  package var composites: Composites
  /// Whether a convolution's result is rounded before its bias is added, and once more after, where a framework adds the
  /// bias by a kernel of its own (``FrameworkBias``).
  package var addsBiasApart: Bool

  /// Where the products of a matrix product and the terms of a sum are added.
  package enum Accumulation: Sendable, Hashable {
    /// In float32.
    case wide
    /// `block` terms are added in float32; the sum so far and theirs are added and rounded to the narrow format. A
    /// model: real matrix units differ by generation (Fasi, Higham, Mikaitis and Pranesh 2021).
    case narrow(block: Int)
  }

  package enum Composites: String, Sendable, Hashable, CaseIterable {
    /// Float32 inside, as the kernels of frameworks compute.
    case wide
    /// Every inner step is rounded, as where a builder runs them in the narrow format: x² overflows from 256 on.
    case narrow
  }

  /// - Parameter composites: Nil for what goes with `rounding`: narrow inside where steps are fused, wide else.
  package init(_ format: NarrowFormat, rounding: NumericPolicy.Rounding = .fused, composites: Composites? = nil) {
    self.format = format
    self.rounding = rounding
    self.composites = composites ?? (rounding == .fused ? .narrow : .wide)
    addsBiasApart = rounding == .operator
  }

  /// `value` as this arithmetic stores it.
  @inline(__always)
  func rounded(_ value: Float) -> Float {
    let result = format.rounded(value)
    return flushesSubnormals && result.magnitude < format.smallestNormal ? (result.sign == .minus ? -0.0 : 0) : result
  }

  /// Rounds a float32 tensor where it lies; leaves others alone.
  func round(_ tensor: Tensor) {
    guard tensor.elementType == .float32 else { return }
    let base = unsafe tensor.base.assumingMemoryBound(to: Float.self)
    unsafe roundElements(of: base, to: format, flushing: flushesSubnormals, into: base, count: tensor.count)
  }

  /// Writes the rounded elements of `source`, a float32 tensor, to `target` of the same type.
  func round(_ source: Tensor, into target: Tensor) {
    unsafe roundElements(
      of: source.base.assumingMemoryBound(to: Float.self), to: format, flushing: flushesSubnormals,
      into: target.base.assumingMemoryBound(to: Float.self), count: source.count)
  }

  /// A rounded copy of a float32 tensor; others as they are.
  func rounding(_ tensor: Tensor) -> Tensor {
    guard tensor.elementType == .float32 else { return tensor }
    let copy = Tensor(uninitialized: tensor.type)
    round(tensor, into: copy)
    return copy
  }
}
