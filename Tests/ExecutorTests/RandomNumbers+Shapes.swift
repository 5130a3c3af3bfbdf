import TensorCore
import TestSupport

extension RandomNumbers {
  mutating func int(in range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  /// Numbers in -1...1.
  mutating func tensor(_ shape: Shape) -> Tensor { Tensor(floats(shape.count), shape: shape) }
}
