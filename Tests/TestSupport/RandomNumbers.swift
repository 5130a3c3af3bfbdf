import TensorCore

/// A random number generator that gives the same numbers everywhere.
package struct RandomNumbers: RandomNumberGenerator {
  private var source: SplitMix64

  /// Seeds that follow one another give numbers that have nothing in common.
  package init(seed: UInt64) { source = SplitMix64(seed: seed &* 0x2545_f491_4f6c_dd1d) }

  package mutating func next() -> UInt64 { source.next() }

  /// So many numbers, evenly spread over `range`.
  package mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}
