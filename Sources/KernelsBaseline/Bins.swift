import KernelInterface

#if WIDE512
import CLanes
private typealias Words = SIMD16<Int32>
#elseif WIDE256
private typealias Words = SIMD8<Int32>
#else
private typealias Words = SIMD4<Int32>
#endif

/// One number for each sign, side by side.
private struct Signed<Vector: SIMD> where Vector.MaskStorage == Words {
  let negative: Vector
  let positive: Vector

  init(_ negative: Vector.Scalar, _ positive: Vector.Scalar) {
    self.negative = Vector(repeating: negative)
    self.positive = Vector(repeating: positive)
  }

  @inline(__always)
  func callAsFunction(_ isNegative: SIMDMask<Words>) -> Vector { positive.replacing(with: negative, where: isNegative) }
}

/// Finds the place of every value in a table of counts, and what else one sweep tells.
func placeBins(_ task: BinTask) -> BinScan {
  let values = unsafe task.values, places = unsafe task.places
  let negative = task.negative, positive = task.positive
  let scale = Signed<Lanes>(negative.scale, positive.scale)
  let linear = Signed<Words>(negative.linear, positive.linear)
  let logarithmic = Signed<Words>(negative.logarithmic, positive.logarithmic)
  let leastBits = Signed<Words>(negative.leastBits, positive.leastBits)
  let zero = Words(repeating: 0), one = Words(repeating: 1)
  // Adding 2²³ to a number below it leaves the number, rounded to an integer, in the mantissa.
  let shifter = Lanes(repeating: 0x1p23), shifterBits = Words(repeating: 0x4b00_0000)
  let firstLinear = Words(repeating: BinPlaces.firstLinearStep)
  let shift = Words(repeating: BinPlaces.logarithmicShift)

  var low = Lanes(repeating: .infinity), high = Lanes(repeating: -.infinity)
  var greatest = zero, zeros = zero, below = zero
  var placed = 0
  var i = 0
  while i &+ lanes <= task.count {
    let value = unsafe load(values + i)
    let bits = unsafe unsafeBitCast(value, to: Words.self)
    let magnitude = bits & Words(repeating: 0x7fff_ffff)
    let isNegative = bits .< zero
    let isZero = magnitude .== zero
    low.replace(with: value, where: value .< low)
    high.replace(with: value, where: value .> high)
    greatest.replace(with: magnitude, where: magnitude .> greatest)
    zeros = zeros &+ zero.replacing(with: one, where: isZero)
    below.replace(with: one, where: magnitude .< leastBits(isNegative) .& .!isZero)

    let exact = unsafe unsafeBitCast(magnitude, to: Lanes.self) * scale(isNegative)
    let rounded = exact + shifter
    var step = unsafe unsafeBitCast(rounded, to: Words.self) &- shifterBits
    step.replace(with: step &- one, where: rounded - shifter .> exact)
    let place = ((magnitude &>> shift) &+ logarithmic(isNegative)).replacing(
      with: step &+ linear(isNegative), where: step .>= firstLinear)
    #if WIDE512
    placed &+= unsafe qtool_keep_nonzero16(place, values + i, places + placed)
    #else
    // Leaving zeros out would cost more than counting them; neighbours use different places, not to wait for each other.
    let slot = laneNumbers &+ Words(repeating: Int32(truncatingIfNeeded: i & (BinTask.zeroPlaces &- 1)))
    unsafe UnsafeMutableRawPointer(places + i).storeBytes(
      of: place.replacing(with: slot, where: isZero), as: Words.self)
    placed &+= lanes
    #endif
    i &+= lanes
  }

  var scan = BinScan()
  // The vectors' own minimum and maximum look after NaN, lane by lane.
  for lane in 0..<lanes {
    if low[lane] < scan.lowest { scan.lowest = low[lane] }
    if high[lane] > scan.highest { scan.highest = high[lane] }
    scan.greatestBits = max(scan.greatestBits, UInt32(bitPattern: greatest[lane]))
    scan.zeros &+= Int(zeros[lane])
    if below[lane] != 0 { scan.reachesBelow = true }
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
      let side = value < 0 ? negative : positive
      if magnitude < UInt32(bitPattern: side.leastBits) { scan.reachesBelow = true }
      unsafe places[placed] = side.place(ofMagnitude: magnitude)
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
