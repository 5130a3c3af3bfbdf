/// A small generator with a seed: the same values on every run and machine.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x2545_f491_4f6c_dd1d }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in `[0, 1)`.
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Exponential with mean 1.
  mutating func exponential() -> Double { -logarithm(1 - unit()) }

  /// Normal with mean 0 and deviation 1, by Marsaglia's polar method.
  mutating func normal() -> Double {
    while true {
      let x = 2 * unit() - 1
      let y = 2 * unit() - 1
      let square = x * x + y * y
      if square > 0 && square < 1 { return x * (-2 * logarithm(square) / square).squareRoot() }
    }
  }

  /// A `Float` of any kind: ordinary, huge, tiny, subnormal, zero of either sign, a power of two, infinite, NaN.
  mutating func anyFloat() -> Float {
    switch next() % 16 {
    case 0: Float(bitPattern: UInt32(truncatingIfNeeded: next()))
    case 1: [0, -0.0, 1, -1, 65520, -65520, 65519.99, 0x1p-25, -0x1p-25, 0x1p-14, 0x1p-24][Int(next() % 11)]
    case 2: [.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -1e38, .leastNonzeroMagnitude][Int(next() % 6)]
    case 3: Float(bitPattern: UInt32(next() % 0x80_0000)) * (next() % 2 == 0 ? 1 : -1)
    case 4: Float(sign: .plus, exponent: Int(next() % 60) - 30, significand: 1)
    default: Float(normal())
    }
  }
}

/// Some 100,000 values in stretches that differ by their size, by their signs, or in being constant.
func patchwork(_ random: inout SplitMix) -> [Float] {
  var values: [Float] = []
  while values.count < 100_000 {
    let size = Float(sign: .plus, exponent: Int(random.next() % 24) - 12, significand: 1)
    let count = Int(random.next() % 9000), kind = random.next() % 8
    for _ in 0..<count {
      let value = Float(random.normal()) * size
      switch kind {
      case 0: values.append(abs(value))
      case 1: values.append(-abs(value))
      case 2: values.append(max(0, value))
      case 3: values.append(size)
      case 4: values.append(0)
      default: values.append(value)
      }
    }
  }
  return values
}
