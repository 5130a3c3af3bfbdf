/// The numbers that an integer code can stand for: `(code − zeroPoint) · scale`.
///
/// One scale for a whole tensor, or one for each slice of an axis.
package struct IntegerGrid: Sendable, Hashable {
  /// Positive and finite.
  package let scales: [Float]
  /// As many as ``scales``.
  package let zeroPoints: [Int32]
  /// The codes that values may take.
  package let codes: ClosedRange<Int32>
  /// The axis whose slices have a scale each; nil for one scale for all.
  package let axis: Int?

  /// The codes of a signed tensor, of a weight that keeps −128 out, and of an unsigned tensor.
  package static let signedCodes: ClosedRange<Int32> = -128...127
  package static let weightCodes: ClosedRange<Int32> = -127...127
  package static let unsignedCodes: ClosedRange<Int32> = 0...255
  /// The codes of a bias, which is added to the sums of an integer kernel.
  package static let biasCodes: ClosedRange<Int32> = Int32.min...Int32.max

  /// One scale for all.
  package init(scale: Float, zeroPoint: Int32 = 0, codes: ClosedRange<Int32> = IntegerGrid.signedCodes) {
    self.init(scales: [scale], zeroPoints: [zeroPoint], codes: codes, axis: nil)
  }

  /// One scale for each slice of `axis`.
  package init(
    scales: [Float], zeroPoints: [Int32]? = nil, codes: ClosedRange<Int32> = IntegerGrid.weightCodes, axis: Int?
  ) {
    let zeroPoints = zeroPoints ?? Array(repeating: 0, count: scales.count)
    precondition(zeroPoints.count == scales.count, "as many zero points as scales")
    precondition(axis != nil || scales.count == 1, "several scales need an axis")
    self.scales = scales
    self.zeroPoints = zeroPoints
    self.codes = codes
    self.axis = axis
  }

  package var scale: Float { scales[0] }
  package var zeroPoint: Int32 { zeroPoints[0] }
  package var isSigned: Bool { codes.lowerBound < 0 }
  package var isPerTensor: Bool { axis == nil }
  /// Whether a code takes eight bits.
  package var isByteWide: Bool { codes.upperBound <= 255 }

  /// The code of `value` in the slice `channel` of the axis: as ONNX
  /// [QuantizeLinear](https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html), NaN becomes the zero point.
  package func code(of value: Float, channel: Int = 0) -> Int32 {
    let zero = zeroPoints[channel]
    let shifted = (codes.lowerBound - zero)...(codes.upperBound - zero)
    return nearestCode(value, scale: scales[channel], in: shifted) + zero
  }

  /// The number that a code stands for: as ONNX DequantizeLinear.
  package func value(of code: Int32, channel: Int = 0) -> Float {
    Float(code - zeroPoints[channel]) * scales[channel]
  }

  /// The nearest number of the grid, ties to even codes.
  package func rounded(_ value: Float, channel: Int = 0) -> Float {
    self.value(of: code(of: value, channel: channel), channel: channel)
  }
}
