package import TensorCore

/// Signal and error of each channel of a tensor.
package struct ChannelErrors: Sendable, Hashable {
  package private(set) var signal: [Double] = []
  package private(set) var noise: [Double] = []
  package private(set) var amax: [Float] = []

  package init() {}

  /// The axis that holds channels: 1 for images, the last one elsewhere.
  package static func axis(of shape: Shape) -> Int? {
    guard shape.rank >= 2 else { return shape.rank == 1 ? 0 : nil }
    return shape.rank >= 4 ? 1 : shape.rank - 1
  }

  package mutating func add(_ reference: Tensor, _ other: Tensor) {
    guard reference.elementType == .float32, other.type == reference.type, reference.count > 0,
      let axis = ChannelErrors.axis(of: reference.shape)
    else { return }
    let shape = reference.shape
    let channels = shape[axis]
    if signal.count != channels {
      // Another number of channels than the sample before: a tensor whose channels mean nothing.
      guard signal.isEmpty else { return }
      signal = Array(repeating: 0, count: channels)
      noise = signal
      amax = Array(repeating: 0, count: channels)
    }
    let isLast = reference.type.layout != .rowMajor || axis == shape.rank - 1
    let inner = isLast ? 1 : shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    let x = unsafe reference.base.assumingMemoryBound(to: Float.self)
    let y = unsafe other.base.assumingMemoryBound(to: Float.self)
    var i = 0, channel = 0
    while i < reference.count {
      var s: Float = 0, n: Float = 0, top: Float = amax[channel]
      for j in i..<(i + inner) {
        let a = unsafe x[j], d = unsafe a - y[j]
        s += a * a
        n += d * d
        if a.magnitude > top, a.isFinite { top = a.magnitude }
      }
      signal[channel] += Double(s)
      noise[channel] += Double(n)
      amax[channel] = top
      i += inner
      channel = channel + 1 == channels ? 0 : channel + 1
    }
  }

  package mutating func merge(_ other: ChannelErrors) {
    guard !other.signal.isEmpty else { return }
    guard signal.count == other.signal.count else {
      if signal.isEmpty { self = other }
      return
    }
    for i in signal.indices {
      signal[i] += other.signal[i]
      noise[i] += other.noise[i]
      amax[i] = max(amax[i], other.amax[i])
    }
  }

  /// The channel that has the largest part of the error, or the largest values where there is no error; nil where
  /// there are no channels.
  package var worst: Int? {
    let spoiled = noise.indices.first { !noise[$0].isFinite }
    if let spoiled { return spoiled }
    guard let most = noise.max(), most > 0 else { return amax.indices.max { amax[$0] < amax[$1] } }
    return noise.firstIndex(of: most)
  }

  /// The channel with the largest magnitude, and how many times the median channel's that is; nil below four channels.
  package var hottest: (channel: Int, ratio: Double)? {
    guard amax.count >= 4, let top = amax.max(), let channel = amax.firstIndex(of: top) else { return nil }
    let median = amax.sorted()[amax.count / 2]
    return median > 0 ? (channel, Double(top) / Double(median)) : nil
  }
}
