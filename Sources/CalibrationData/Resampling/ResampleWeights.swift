/// The weights with which source pixels along one axis add up to resized ones, in fixed point, as Pillow computes them.
///
/// The filter is centred on each resized pixel and stretched by the reduction; its weights are made to sum to 1 in
/// double precision, then rounded to 22 fractional bits, halves away from zero.
struct ResampleWeights: Sendable {
  /// What the weights depend on.
  struct Key: Sendable, Hashable {
    var source: Int
    var target: Int
    var filter: ResizeFilter
    /// The resized pixels that are wanted.
    var window: Range<Int>
  }

  /// 32 bits, less 8 for a sample and 2 for sums of negative lobes.
  static let fractionBits: Int32 = 22

  let key: Key
  /// The first source pixel of each wanted resized pixel.
  private(set) var first: [Int] = []
  /// How many source pixels add up to each.
  private(set) var taps: [Int] = []
  /// `stride` weights for each; those past its taps are 0.
  private(set) var weights: [Int32] = []
  private(set) var stride = 0

  init(_ key: Key) {
    self.key = key
    let scale = Double(key.source) / Double(key.target)
    let stretch = max(scale, 1)
    let support = (key.filter == .bicubic ? 2 : 1) * stretch
    stride = Int(support.rounded(.up)) * 2 + 1
    weights = Array(repeating: 0, count: stride * key.window.count)
    var real = [Double](repeating: 0, count: stride)
    for (row, position) in key.window.enumerated() {
      let centre = (Double(position) + 0.5) * scale
      let start = max(Int(centre - support + 0.5), 0)
      let count = min(Int(centre + support + 0.5), key.source) - start
      var sum = 0.0
      for tap in 0..<count {
        real[tap] = Self.value(key.filter, at: (Double(tap + start) - centre + 0.5) * (1 / stretch))
        sum += real[tap]
      }
      for tap in 0..<count {
        let weight = sum == 0 ? real[tap] : real[tap] / sum
        let scaled = weight * Double(1 << Self.fractionBits)
        weights[row * stride + tap] = Int32(scaled + (weight < 0 ? -0.5 : 0.5))
      }
      first.append(start)
      taps.append(count)
    }
  }

  /// The source pixels that any wanted resized pixel needs.
  var sourceRange: Range<Int> {
    var lower = key.source, upper = 0
    for (start, count) in zip(first, taps) {
      lower = min(lower, start)
      upper = max(upper, start + count)
    }
    return lower..<max(upper, lower)
  }

  /// The filter's height at a distance from its centre, in the order of operations that Pillow uses.
  private static func value(_ filter: ResizeFilter, at distance: Double) -> Double {
    let x = distance.magnitude
    if filter == .bicubic {
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      if x < 2 { return (((x - 5) * x + 8) * x - 4) * -0.5 }
      return 0
    }
    return x < 1 ? 1 - x : 0
  }
}
