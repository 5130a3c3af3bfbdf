import TensorCore

/// Numbers that look random and are the same on every run.
struct RandomNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func int(in range: ClosedRange<Int>) -> Int { range.lowerBound + Int(next() % UInt64(range.count)) }

  /// In -1...1.
  mutating func float() -> Float { Float(Int32(truncatingIfNeeded: next() >> 16)) / 2_147_483_648 }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in float() } }

  mutating func tensor(_ shape: Shape) -> Tensor { Tensor(floats(shape.count), shape: shape) }
}
