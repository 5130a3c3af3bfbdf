/// How a tensor becomes integer codes: `real = scale · (code − zero point)`.
package struct CacheEncoding: Sendable, Hashable {
  /// The numbers of one channel, or of the whole tensor.
  package struct Channel: Sendable, Hashable {
    package var scale: Double
    package var zeroPoint: Int
    /// The range that the file gives beside them.
    package var range: CacheRange?

    package init(scale: Double, zeroPoint: Int, range: CacheRange? = nil) {
      self.scale = scale
      self.zeroPoint = zeroPoint
      self.range = range
    }
  }

  /// 2 to 32.
  package var bits: Int
  /// Whether codes run from `-2^(bits-1)`, not from 0.
  package var isSigned: Bool
  /// What the file says of the way the numbers were chosen.
  package var isSymmetric: Bool
  /// Never empty; one for a whole tensor.
  package var channels: [Channel]
  /// Whether `channels` are channels, be there only one.
  package var isPerChannel: Bool
  /// The axis of the channels, in formats that name it.
  package var axis: Int?

  package init(
    bits: Int = 8, isSigned: Bool, isSymmetric: Bool, channels: [Channel], isPerChannel: Bool = false, axis: Int? = nil
  ) {
    self.bits = bits
    self.isSigned = isSigned
    self.isSymmetric = isSymmetric
    self.channels = channels
    self.isPerChannel = isPerChannel
    self.axis = axis
  }

  package static let bitWidths = 2...32

  /// The least and the greatest code.
  package var codes: ClosedRange<Int> {
    isSigned ? -(1 << (bits - 1))...(1 << (bits - 1)) - 1 : 0...(1 << bits) - 1
  }

  /// What the codes cover, all channels together.
  package var range: CacheRange {
    let ranges = channels.map { channel in
      CacheRange(
        lower: channel.scale * Double(codes.lowerBound - channel.zeroPoint),
        upper: channel.scale * Double(codes.upperBound - channel.zeroPoint))
    }
    return ranges.dropFirst().reduce(ranges.first ?? CacheRange(amax: 0)) { $0.union($1) }
  }

  /// Whether the codes are those of INT8 with zero point 0, which one scale says everything about.
  package var isSymmetricInt8: Bool {
    bits == 8 && isSigned && channels.allSatisfy { $0.zeroPoint == 0 }
  }

  /// The scale of symmetric INT8 that covers what the codes cover; of several channels the greatest.
  package var symmetricScale: Float {
    guard channels.allSatisfy({ $0.zeroPoint == 0 }), isSigned else { return CacheScale.scale(forAmax: range.amax) }
    // The code -2^(bits-1) lies beyond what symmetric quantization uses.
    let greatest = channels.map(\.scale).reduce(0) { $1.isNaN || $0.isNaN ? .nan : max($0, $1) }
    return bits == 8 ? Float(greatest) : CacheScale.scale(forAmax: greatest * Double(codes.upperBound))
  }
}

extension CacheEntry {
  /// The encoding for a format that holds one: as read; else of symmetric INT8, or, where a range is known that is not
  /// symmetric, of unsigned 8-bit codes that cover it and 0.
  package var writtenEncoding: CacheEncoding {
    if let encoding { return encoding }
    guard let range, !range.isSymmetric, role == .activation, range.lower.isFinite, range.upper.isFinite else {
      return CacheEncoding(
        isSigned: true, isSymmetric: true, channels: [CacheEncoding.Channel(scale: Double(scale), zeroPoint: 0)])
    }
    let lower = min(range.lower, 0), upper = max(range.upper, 0)
    let step = (upper - lower) / 255
    // Both bounds are finite but their distance may not be, and a range of 0 only has no step.
    guard step > 0, step.isFinite else {
      return CacheEncoding(
        isSigned: true, isSymmetric: true, channels: [CacheEncoding.Channel(scale: Double(scale), zeroPoint: 0)])
    }
    let zeroPoint = Int((-lower / step).rounded(.toNearestOrEven))
    return CacheEncoding(
      isSigned: false, isSymmetric: false,
      channels: [CacheEncoding.Channel(scale: step, zeroPoint: min(max(zeroPoint, 0), 255))])
  }
}
