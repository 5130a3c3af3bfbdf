import KernelInterface

/// Writes `count` elements of `x`, rounded, to `y`, which may be `x`.
func round(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ rounding: ValueRounding
) {
  switch rounding {
  case .none: if unsafe UnsafePointer(y) != x { unsafe y.update(from: x, count: count) }
  case .binary16: unsafe roundEach(x, y, count) { binary16($0) }
  case .bfloat16: unsafe roundEach(x, y, count) { bfloat16($0) }
  case .grid(let steps):
    let grid = GridLanes(steps)
    unsafe roundEach(x, y, count) { grid.rounded($0) }
  }
}

@inline(__always)
private func roundEach(
  _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ rounded: (Lanes) -> Lanes
) {
  var i = 0
  while i &+ lanes <= count {
    unsafe store(rounded(load(x + i)), y + i)
    i &+= lanes
  }
  guard i < count else { return }
  var rest = Lanes()
  for lane in 0..<(count &- i) { rest[lane] = unsafe x[i &+ lane] }
  rest = rounded(rest)
  for lane in 0..<(count &- i) { unsafe y[i &+ lane] = rest[lane] }
}

/// The nearest numbers of binary16. Infinities and NaN stay what they are.
@inline(__always)
func binary16(_ x: Lanes) -> Lanes {
  let bits = words(x)
  let magnitude = bits & Words(repeating: 0x7fff_ffff)
  // The normal numbers of binary16.
  let odd = (magnitude &>> Words(repeating: 13)) & Words(repeating: 1)
  var result = (magnitude &+ Words(repeating: 0xfff) &+ odd) & Words(repeating: ~0x1fff)
  // Below 2⁻¹⁴ the grid is 2⁻²⁴ wide, as binary32's is between 0.5 and 1.
  let half = Lanes(repeating: 0.5)
  let moved = words(numbers(magnitude) + half - half)
  result.replace(with: moved, where: magnitude .< Words(repeating: 0x3880_0000))
  result.replace(with: Words(repeating: 0x7f80_0000), where: magnitude .>= Words(repeating: 0x477f_f000))
  result.replace(with: magnitude, where: magnitude .>= Words(repeating: 0x7f80_0000))
  return numbers(result | (bits ^ magnitude))
}

/// The nearest numbers of bfloat16. NaN stays NaN.
@inline(__always)
func bfloat16(_ x: Lanes) -> Lanes {
  let bits = words(x)
  let odd = (bits &>> Words(repeating: 16)) & Words(repeating: 1)
  var result = (bits &+ Words(repeating: 0x7fff) &+ odd) & Words(repeating: ~0xffff)
  let isNaN = (bits & Words(repeating: 0x7fff_ffff)) .> Words(repeating: 0x7f80_0000)
  result.replace(with: bits | Words(repeating: 0x0040_0000), where: isNaN)
  return numbers(result)
}

/// ``GridSteps`` in every lane.
struct GridLanes {
  private let scale: Lanes
  private let least: Lanes
  private let greatest: Lanes

  @inline(__always)
  init(_ steps: GridSteps) {
    scale = Lanes(repeating: steps.scale)
    least = Lanes(repeating: steps.least)
    greatest = Lanes(repeating: steps.greatest)
  }

  @inline(__always)
  func rounded(_ x: Lanes) -> Lanes {
    // Adding and taking away 1.5 · 2²³ leaves the nearest whole number, ties to even, of any below 2²² in magnitude.
    let magic = Lanes(repeating: 0x1.8p23)
    let code = (clipped(x / scale, least, greatest) + magic) - magic
    return code.replacing(with: Lanes(), where: code .!= code) * scale
  }
}

@inline(__always)
private func words(_ x: Lanes) -> Words { unsafe unsafeBitCast(x, to: Words.self) }

@inline(__always)
private func numbers(_ bits: Words) -> Lanes { unsafe unsafeBitCast(bits, to: Lanes.self) }
