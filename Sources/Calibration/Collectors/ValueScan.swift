/// What one sweep over a block of values tells before any of them is binned.
struct ValueScan {
  /// The least and greatest finite value; `lowest > highest` where there is none. A zero is +0.
  var lowest = Float.infinity
  var highest = -Float.infinity
  var nans = 0
  var positiveInfinities = 0
  var negativeInfinities = 0

  var hasFinite: Bool { lowest <= highest }
  var nonFinite: Int { nans + positiveInfinities + negativeInfinities }

  private typealias Lanes = SIMD16<Float>
  private typealias Mask = SIMD16<Int32>

  init(_ values: UnsafeBufferPointer<Float>) {
    guard let source = unsafe UnsafeRawPointer(values.baseAddress) else { return }
    var low = Lanes(repeating: .infinity)
    var high = Lanes(repeating: -.infinity)
    // Any NaN makes a sum NaN; infinities show in the extremes.
    var sum = Lanes(repeating: 0)
    let vectorized = values.count & ~15
    var i = 0
    while i < vectorized {
      let lanes = unsafe source.loadUnaligned(fromByteOffset: i &* 4, as: Lanes.self)
      low.replace(with: lanes, where: lanes .< low)
      high.replace(with: lanes, where: lanes .> high)
      sum += lanes
      i = i &+ 16
    }
    var total = sum.sum()
    lowest = low.min()
    highest = high.max()
    while i < values.count {
      let value = unsafe values[i]
      if value < lowest { lowest = value }
      if value > highest { highest = value }
      total += value
      i = i &+ 1
    }
    if !total.isFinite || lowest == -.infinity || highest == .infinity { unsafe rescan(values) }
    // -0 + 0 is +0.
    lowest += 0
    highest += 0
  }

  /// The same where values may be NaN or infinite: counts them and leaves them out of the extremes.
  private mutating func rescan(_ values: UnsafeBufferPointer<Float>) {
    self = ValueScan()
    let largest = Float.greatestFiniteMagnitude
    positiveInfinities = unsafe Self.count(in: values, beyond: .infinity)
    negativeInfinities = unsafe Self.count(in: values, beyond: -.infinity)
    nans = unsafe Self.nans(in: values)
    guard nonFinite < values.count, let source = unsafe UnsafeRawPointer(values.baseAddress) else { return }
    var low = Lanes(repeating: .infinity)
    var high = Lanes(repeating: -.infinity)
    let vectorized = values.count & ~15
    var i = 0
    while i < vectorized {
      let lanes = unsafe source.loadUnaligned(fromByteOffset: i &* 4, as: Lanes.self)
      let fromBelow = lanes.replacing(with: low, where: lanes .< Lanes(repeating: -largest))
      let fromAbove = lanes.replacing(with: high, where: lanes .> Lanes(repeating: largest))
      low.replace(with: fromBelow, where: fromBelow .< low)
      high.replace(with: fromAbove, where: fromAbove .> high)
      i = i &+ 16
    }
    lowest = low.min()
    highest = high.max()
    while i < values.count {
      let value = unsafe values[i]
      if value.isFinite && value < lowest { lowest = value }
      if value.isFinite && value > highest { highest = value }
      i = i &+ 1
    }
  }

  private init() {}
}

extension ValueScan {
  /// How many of `values` are +0 or -0.
  static func zeros(in values: UnsafeBufferPointer<Float>) -> Int {
    unsafe count(in: values, equalTo: 0)
  }

  /// How many of `values` equal `wanted`.
  static func count(in values: UnsafeBufferPointer<Float>, equalTo wanted: Float) -> Int {
    // Comparing with a vector, not a scalar: the scalar overload works lane by lane.
    let wanted = Lanes(repeating: wanted)
    return unsafe count(in: values) { lanes in lanes .== wanted }
  }

  /// How many values lie at `limit` or farther from 0 on the same side, infinity included.
  static func count(in values: UnsafeBufferPointer<Float>, beyond limit: Float) -> Int {
    let limits = Lanes(repeating: limit)
    return unsafe limit < 0
      ? count(in: values) { lanes in lanes .<= limits } : count(in: values) { lanes in lanes .>= limits }
  }

  private static func nans(in values: UnsafeBufferPointer<Float>) -> Int {
    unsafe count(in: values) { lanes in lanes .!= lanes }
  }

  @inline(__always)
  private static func count(
    in values: UnsafeBufferPointer<Float>, where matches: (Lanes) -> SIMDMask<Mask>
  ) -> Int {
    guard let source = unsafe UnsafeRawPointer(values.baseAddress) else { return 0 }
    let zero = Mask(repeating: 0)
    let one = Mask(repeating: 1)
    var found = zero
    let vectorized = values.count & ~15
    var i = 0
    while i < vectorized {
      let lanes = unsafe source.loadUnaligned(fromByteOffset: i &* 4, as: Lanes.self)
      found = found &+ zero.replacing(with: one, where: matches(lanes))
      i = i &+ 16
    }
    var total = Int(found.wrappedSum())
    while i < values.count {
      if unsafe matches(Lanes(repeating: values[i]))[0] { total += 1 }
      i = i &+ 1
    }
    return total
  }
}
