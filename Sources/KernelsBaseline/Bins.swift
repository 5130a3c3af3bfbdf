import KernelInterface

#if WIDE512 || WIDE256
import CLanes
#endif

/// What finds the place of a value's magnitude: the bins of one sign, or of each sign its own.
private protocol Sides {
  static var hasNegative: Bool { get }
  func scale(_ bits: Words) -> Lanes
  func linear(_ bits: Words) -> Words
  func logarithmic(_ bits: Words) -> Words
}

/// Where nothing negative is expected. Places of negative values mean nothing, and the least value shows them.
private struct OneSide: Sides {
  static var hasNegative: Bool { false }
  let scale: Lanes
  let linear: Words
  let logarithmic: Words

  init(_ places: BinPlaces) {
    scale = Lanes(repeating: places.scale)
    linear = Words(repeating: places.linear)
    logarithmic = Words(repeating: places.logarithmic)
  }

  @inline(__always) func scale(_ bits: Words) -> Lanes { scale }
  @inline(__always) func linear(_ bits: Words) -> Words { linear }
  @inline(__always) func logarithmic(_ bits: Words) -> Words { logarithmic }
}

private struct TwoSides: Sides {
  static var hasNegative: Bool { true }
  let negative: OneSide
  let positive: OneSide

  @inline(__always) func scale(_ bits: Words) -> Lanes {
    positive.scale.replacing(with: negative.scale, where: bits .< zero)
  }
  @inline(__always) func linear(_ bits: Words) -> Words {
    positive.linear.replacing(with: negative.linear, where: bits .< zero)
  }
  @inline(__always) func logarithmic(_ bits: Words) -> Words {
    positive.logarithmic.replacing(with: negative.logarithmic, where: bits .< zero)
  }
}

@inline(__always) private var zero: Words { Words(repeating: 0) }
@inline(__always) private var one: Words { Words(repeating: 1) }

/// The whole part of numbers from 0 to below 2²³; anything for others, NaN among them.
@inline(__always)
private func steps(_ exact: Lanes) -> Words {
  #if WIDE512
  return qtool_truncate16(exact)
  #elseif WIDE256
  return qtool_truncate8(exact)
  #else
  // Adding 2²³ to a number below it leaves the number, rounded to an integer, in the mantissa.
  let rounded = exact + Lanes(repeating: 0x1p23)
  let step = unsafe unsafeBitCast(rounded, to: Words.self) &- Words(repeating: 0x4b00_0000)
  return step.replacing(with: step &- one, where: rounded - Lanes(repeating: 0x1p23) .> exact)
  #endif
}

@inline(__always)
private func lesser(_ a: Magnitudes, _ b: Magnitudes) -> Magnitudes { a.replacing(with: b, where: b .< a) }

/// The magnitude that `lessOne` is one less than, or the greatest of all numbers where there is none.
private func magnitude(afterLessOne lessOne: UInt32) -> UInt32 { lessOne < 0x7f80_0000 ? lessOne &+ 1 : .max }

/// Finds the place of every value in a table of counts, and what else one sweep tells.
func placeBins(_ task: BinTask) -> BinScan {
  let positive = OneSide(task.positive)
  guard let negative = task.negative else { return sweep(task, positive) }
  return sweep(task, TwoSides(negative: OneSide(negative), positive: positive))
}

@inline(__always)
private func sweep<Signs: Sides>(_ task: BinTask, _ sides: Signs) -> BinScan {
  let values = unsafe task.values, places = unsafe task.places
  let firstLinear = Words(repeating: BinPlaces.firstLinearStep)
  let shift = Words(repeating: BinPlaces.logarithmicShift)
  var low = Lanes(repeating: .infinity), high = Lanes(repeating: -.infinity)
  var greatest = zero
  // One less than a magnitude is the greatest of all numbers for 0, and beyond all magnitudes for the other sign: neither
  // counts.
  var leastPositive = Magnitudes(repeating: .max), leastNegative = leastPositive
  #if !WIDE512
  let lastSlot = BinTask.zeroPlaces &- 1
  var zeros = zero
  #endif
  var placed = 0
  var i = 0
  while i &+ lanes <= task.count {
    let value = unsafe load(values + i)
    let bits = unsafe unsafeBitCast(value, to: Words.self)
    let magnitude = bits & Words(repeating: 0x7fff_ffff)
    low.replace(with: value, where: value .< low)
    high.replace(with: value, where: value .> high)
    greatest.replace(with: magnitude, where: magnitude .> greatest)
    let pattern = unsafe unsafeBitCast(bits, to: Magnitudes.self)
    leastPositive = lesser(leastPositive, pattern &- Magnitudes(repeating: 1))
    if Signs.hasNegative { leastNegative = lesser(leastNegative, pattern &+ Magnitudes(repeating: 0x7fff_ffff)) }

    let step = steps(unsafe unsafeBitCast(magnitude, to: Lanes.self) * sides.scale(bits))
    let place = (step &+ sides.linear(bits)).replacing(
      with: (magnitude &>> shift) &+ sides.logarithmic(bits),
      where: step .< firstLinear)
    #if WIDE512
    placed &+= unsafe qtool_keep_nonzero16(place, values + i, places + placed)
    #else
    let isZero = magnitude .== zero
    zeros = zeros &+ zero.replacing(with: one, where: isZero)
    // Leaving zeros out would cost more than counting them; neighbours use different places, not to wait for each other.
    let slot = laneNumbers &+ Words(repeating: Int32(truncatingIfNeeded: i & lastSlot))
    unsafe UnsafeMutableRawPointer(places + i).storeBytes(
      of: place.replacing(with: slot, where: isZero), as: Words.self)
    placed &+= lanes
    #endif
    i &+= lanes
  }

  var scan = BinScan()
  #if WIDE512
  scan.zeros = i &- placed
  #endif
  // The vectors' own minimum and maximum look after NaN, lane by lane.
  for lane in 0..<lanes {
    if low[lane] < scan.lowest { scan.lowest = low[lane] }
    if high[lane] > scan.highest { scan.highest = high[lane] }
    scan.greatestBits = max(scan.greatestBits, UInt32(bitPattern: greatest[lane]))
    scan.leastPositive = min(scan.leastPositive, magnitude(afterLessOne: leastPositive[lane]))
    scan.leastNegative = min(scan.leastNegative, magnitude(afterLessOne: leastNegative[lane]))
    #if !WIDE512
    scan.zeros &+= Int(zeros[lane])
    #endif
  }
  while i < task.count {
    let value = unsafe values[i]
    let magnitude = value.bitPattern & 0x7fff_ffff
    if value < scan.lowest { scan.lowest = value }
    if value > scan.highest { scan.highest = value }
    scan.greatestBits = max(scan.greatestBits, magnitude)
    if magnitude == 0 {
      scan.zeros &+= 1
    } else {
      if value < 0 {
        if Signs.hasNegative { scan.leastNegative = min(scan.leastNegative, magnitude) }
        unsafe places[placed] = (task.negative ?? task.positive).place(ofMagnitude: magnitude)
      } else {
        scan.leastPositive = min(scan.leastPositive, magnitude)
        unsafe places[placed] = task.positive.place(ofMagnitude: magnitude)
      }
      placed &+= 1
    }
    i &+= 1
  }
  scan.placed = placed
  return scan
}

#if !WIDE512
#if WIDE256
private let laneNumbers = Words(0, 1, 2, 3, 4, 5, 6, 7)
#else
private let laneNumbers = Words(0, 1, 2, 3)
#endif
#endif
