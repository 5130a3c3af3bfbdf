import TensorCore

/// The permutation test: is the mean of some samples greater than that of the rest, beyond what drawing as many at
/// random would give?
package struct PermutationTest: Sendable {
  package var permutations: Int
  package var seed: UInt64

  package init(permutations: Int = 10_000, seed: UInt64 = 1) {
    self.permutations = max(1, permutations)
    self.seed = seed
  }

  /// The one-sided p-value.
  ///
  /// Exact (hypergeometric) where every value is 0 or 1; otherwise `(1 + as extreme) / (1 + permutations)` over seeded
  /// random draws, and so never below `1 / (1 + permutations)`.
  ///
  /// - Parameters:
  ///   - members: Places in `values`, each once.
  ///   - values: Finite, one per sample.
  package func p(members: [Int], values: [Double]) -> Double {
    guard !members.isEmpty, members.count < values.count else { return 1 }
    if values.allSatisfy({ $0 == 0 || $0 == 1 }) {
      let marked = members.reduce(0) { $0 + (values[$1] == 1 ? 1 : 0) }
      let all = values.reduce(0) { $0 + ($1 == 1 ? 1 : 0) }
      return Binomial.hypergeometricTail(marked: marked, drawn: members.count, allMarked: all, all: values.count)
    }
    let observed = members.reduce(0) { $0 + values[$1] }
    // Sums of the same values in another order differ in their last bits.
    let tolerance = 1e-12 * values.reduce(0) { $0 + $1.magnitude }
    var generator = SplitMix64(seed: seed)
    var order = Array(values.indices)
    var extreme = 0
    for _ in 0..<permutations {
      var total = 0.0
      for i in members.indices {
        order.swapAt(i, i + generator.place(below: order.count - i))
        total += values[order[i]]
      }
      if total >= observed - tolerance { extreme += 1 }
    }
    return Double(1 + extreme) / Double(1 + permutations)
  }
}

/// Corrects p-values for how many of them are looked at.
package enum MultipleTests {
  /// Holm's step-down correction (Holm 1979), in the order given. Valid whatever the dependence between the tests.
  package static func holm(_ p: [Double]) -> [Double] {
    let order = p.indices.sorted { (p[$0], $0) < (p[$1], $1) }
    var result = p
    var running = 0.0
    for (position, index) in order.enumerated() {
      running = max(running, min(1, p[index] * Double(p.count - position)))
      result[index] = running
    }
    return result
  }
}
