import KernelInterface

// The coefficients are minimax fits of our own (Lawson's iteration on Chebyshev nodes, in float64). Each function is within
// 2 units in the last place, the logistic one within 3.

/// `sum + x · y` for a coefficient `sum`.
@inline(__always)
private func step(_ sum: Float, _ x: Lanes, _ y: Lanes) -> Lanes { multiplyAdd(Lanes(repeating: sum), x, y) }

/// `eˣ`: `x = n · ln 2 + r` with a whole `n` and |r| ≤ ln 2 / 2, then `2ⁿ · eʳ`. NaN stays NaN; what is too large becomes
/// infinite, and what is too small 0 by way of the subnormal numbers.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  let x = clipped(x, Lanes(repeating: -105), Lanes(repeating: 89))
  // Adding 1.5 · 2²³ leaves the nearest whole number in the low bits.
  let shifter = Lanes(repeating: 0x1.8p23)
  let shifted = step(0x1.8p23, x, Lanes(repeating: 0x1.715476p0))
  let n = shifted - shifter
  // ln 2 in two parts, of which the first has so few bits that its product with n is exact.
  let upper = multiplyAdd(x, n, Lanes(repeating: -0.693359375))
  let r = multiplyAdd(upper, n, Lanes(repeating: 2.12194440e-4))
  var sum = step(1.3944658e-3, Lanes(repeating: 1.979035e-4), r)
  sum = step(8.3334967e-3, sum, r)
  sum = step(4.1666295e-2, sum, r)
  sum = step(1.6666666e-1, sum, r)
  sum = step(0.5, sum, r)
  let power = Lanes(repeating: 1) + multiplyAdd(r, sum, r * r)
  // 2ⁿ in two factors: n may pass the exponents of normal numbers on both sides.
  let whole = unsafe unsafeBitCast(shifted, to: Words.self) &- Words(repeating: 0x4b40_0000)
  let half = whole &>> Words(repeating: 1)
  return power * powerOfTwo(half) * powerOfTwo(whole &- half)
}

@inline(__always)
private func powerOfTwo(_ n: Words) -> Lanes {
  unsafe unsafeBitCast((n &+ Words(repeating: 127)) &<< Words(repeating: 23), to: Lanes.self)
}

@inline(__always)
private func magnitude(_ x: Lanes) -> Lanes {
  unsafe unsafeBitCast(
    unsafeBitCast(x, to: Words.self) & Words(repeating: 0x7fff_ffff), to: Lanes.self)
}

/// The error function: below 1 a polynomial of the square, above by `1 - e^-q` with a polynomial `q`.
@inline(__always)
private func errorFunction(_ x: Lanes) -> Lanes {
  let a = magnitude(x)
  let square = x * x
  var near = step(-8.010193e-4, Lanes(repeating: 7.853858e-5), square)
  near = step(5.1883277e-3, near, square)
  near = step(-2.6853813e-2, near, square)
  near = step(1.1283585e-1, near, square)
  near = step(-3.7612626e-1, near, square)
  near = step(1.2837917e-1, near, square)
  near = multiplyAdd(x, x, near)
  // From 4 on it is 1 in float32. NaN passes.
  let far = clipped(a, Lanes(repeating: 1), Lanes(repeating: 4))
  var q = step(-4.4147292e-4, Lanes(repeating: 2.1697639e-5), far)
  q = step(4.205286e-3, q, far)
  q = step(-2.5210341e-2, q, far)
  q = step(1.084221e-1, q, far)
  q = step(6.332164e-1, q, far)
  q = step(1.1295803, q, far)
  q = step(-1.8846779e-4, q, far)
  let rest = Lanes(repeating: 1) - exponential(Lanes(repeating: 0) - q)
  let signed = rest.replacing(with: Lanes(repeating: 0) - rest, where: x .< Lanes(repeating: 0))
  return near.replacing(with: signed, where: a .> Lanes(repeating: 1))
}

/// `1 / (1 + e⁻ˣ)`, by the exponential of a negative number only, so that it neither overflows nor loses small values.
@inline(__always)
private func logistic(_ x: Lanes) -> Lanes {
  let e = exponential(Lanes(repeating: 0) - magnitude(x))
  let one = Lanes(repeating: 1)
  return one.replacing(with: e, where: x .< Lanes(repeating: 0)) / (one + e)
}

func exponentials(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
  unsafe map(x, y, count) { exponential($0) }
}

func errorFunctions(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
  unsafe map(x, y, count) { errorFunction($0) }
}

func logistics(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int) {
  unsafe map(x, y, count) { logistic($0) }
}

/// `y = f(x)` for every element; the last ones go through the same arithmetic, so that a result does not depend on its
/// place. `x` and `y` may be the same.
@inline(__always)
private func map(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ function: (Lanes) -> Lanes
) {
  var i = 0
  while i &+ lanes <= count {
    unsafe store(function(load(x + i)), y + i)
    i &+= lanes
  }
  if i == count { return }
  var rest = Lanes(repeating: 0)
  for lane in 0..<count &- i { rest[lane] = unsafe x[i &+ lane] }
  rest = function(rest)
  for lane in 0..<count &- i { unsafe y[i &+ lane] = rest[lane] }
}

/// Softmax of each of `lines` lines of `count` elements, one behind the other, where they lie. A line with a NaN becomes
/// NaN throughout.
func softmax(_ values: UnsafeMutablePointer<Float>, _ lines: Int, _ count: Int) {
  unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: partials) { scratch in
    guard let scratch = scratch.baseAddress else { return }
    for line in 0..<lines { unsafe softmax(values + line &* count, count, scratch) }
  }
}

/// Sixteen partial sums whatever the width, for the same bits of every width with fused products.
private let partials = 16

#if WIDE512
private typealias Partials = InlineArray<1, Lanes>
#elseif WIDE256
private typealias Partials = InlineArray<2, Lanes>
#else
private typealias Partials = InlineArray<4, Lanes>
#endif

/// `scratch` has room for 16 numbers.
@inline(__always)
private func softmax(_ line: UnsafeMutablePointer<Float>, _ count: Int, _ scratch: UnsafeMutablePointer<Float>) {
  let shift = unsafe Lanes(repeating: largestValue(line, count, scratch))
  var sums = Partials(repeating: Lanes(repeating: 0))
  var i = 0
  while i &+ partials <= count {
    for part in sums.indices {
      let place = unsafe line + (i &+ part &* lanes)
      let e = exponential(unsafe load(place) - shift)
      unsafe store(e, place)
      sums[part] += e
    }
    i &+= partials
  }
  for part in sums.indices { unsafe store(sums[part], scratch + part &* lanes) }
  while i < count {
    // The last ones in the same arithmetic, so that a result does not depend on its place.
    let width = min(lanes, count &- i)
    var rest = Lanes(repeating: -.infinity)
    for lane in 0..<width { rest[lane] = unsafe line[i &+ lane] }
    rest = exponential(rest - shift)
    for lane in 0..<width {
      unsafe line[i &+ lane] = rest[lane]
      unsafe scratch[(i &+ lane) & (partials &- 1)] += rest[lane]
    }
    i &+= width
  }
  let total = unsafe fold(scratch) { $0 + $1 }
  i = 0
  while i &+ lanes <= count {
    unsafe store(load(line + i) / Lanes(repeating: total), line + i)
    i &+= lanes
  }
  while i < count {
    unsafe line[i] /= total
    i &+= 1
  }
}

/// What 16 numbers come to, always in the same order: halves, quarters and so on.
@inline(__always)
private func fold(_ values: UnsafePointer<Float>, _ combine: (SIMD4<Float>, SIMD4<Float>) -> SIMD4<Float>) -> Float {
  @inline(__always) func quarter(_ index: Int) -> SIMD4<Float> {
    unsafe UnsafeRawPointer(values + 4 &* index).loadUnaligned(as: SIMD4<Float>.self)
  }
  let four = combine(combine(quarter(0), quarter(2)), combine(quarter(1), quarter(3)))
  let two = combine(four, SIMD4(four[2], four[3], 0, 0))
  return combine(two, SIMD4(repeating: two[1]))[0]
}

/// NaN where there is one. `scratch` has room for 16 numbers.
@inline(__always)
private func largestValue(
  _ line: UnsafeMutablePointer<Float>, _ count: Int, _ scratch: UnsafeMutablePointer<Float>
) -> Float {
  var high = Lanes(repeating: -.infinity)
  // x - x is 0 but for NaN and infinities.
  var faults = Lanes(repeating: 0)
  var i = 0
  while i &+ lanes <= count {
    let x = unsafe load(line + i)
    high.replace(with: x, where: x .> high)
    faults += x - x
    i &+= lanes
  }
  unsafe scratch.update(repeating: -.infinity, count: partials)
  unsafe store(high, scratch)
  var largest = unsafe fold(scratch) { $0.replacing(with: $1, where: $1 .> $0) }
  unsafe scratch.update(repeating: 0, count: partials)
  unsafe store(faults, scratch)
  var fault = unsafe fold(scratch) { $0 + $1 }
  while i < count {
    let x = unsafe line[i]
    if x > largest { largest = x }
    fault += x - x
    i &+= 1
  }
  if !fault.isNaN { return largest }
  for i in 0..<count where unsafe line[i].isNaN { return .nan }
  return largest
}
