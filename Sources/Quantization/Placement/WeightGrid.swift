package import TensorCore

/// The grids of weights: symmetric, codes −127…127, a scale for each output channel.
package enum WeightGrid {
  /// The scale of a channel without a weight other than 0: any would do, none may be 0.
  package static let neutralScale: Float = 1 / 127

  /// `scale = amax / 127` of each slice along `axis`.
  ///
  /// - Returns: Nil where the weights are no float32 numbers, or one is NaN or infinite: no scale would be right.
  package static func perChannel(_ weights: Tensor, axis: Int) -> IntegerGrid? {
    guard weights.elementType == .float32, axis >= 0, axis < weights.shape.rank, weights.count > 0 else { return nil }
    let values = weights.array(of: Float.self)
    let extent = weights.shape[axis]
    let inner = weights.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    var amax = [Float](repeating: 0, count: extent)
    for (index, value) in values.enumerated() {
      guard value.isFinite else { return nil }
      let channel = index / inner % extent
      if value.magnitude > amax[channel] { amax[channel] = value.magnitude }
    }
    return IntegerGrid(
      scales: amax.map { $0 / 127 > 0 ? $0 / 127 : neutralScale }, codes: IntegerGrid.weightCodes, axis: axis)
  }

  /// One scale for all; see ``perChannel(_:axis:)``.
  package static func perTensor(_ weights: Tensor) -> IntegerGrid? {
    guard weights.elementType == .float32, weights.count > 0 else { return nil }
    var amax: Float = 0
    for value in weights.array(of: Float.self) {
      guard value.isFinite else { return nil }
      if value.magnitude > amax { amax = value.magnitude }
    }
    return IntegerGrid(scale: amax / 127 > 0 ? amax / 127 : neutralScale, codes: IntegerGrid.weightCodes)
  }
}
