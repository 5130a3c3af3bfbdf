import KernelInterface

/// Sums of products in registers alone, as many at a time as keep the processor busy: the most that a thread can do.
/// Answers a number that every one of them went into, so that none can be left out.
@inline(never)
func multiplyAdd(rounds: Int, _ x: Float, _ y: Float) -> Float {
  let x = Lanes(repeating: x), y = Lanes(repeating: y)
  var sums = InlineArray<12, Lanes>(repeating: Lanes(repeating: 0))
  for _ in 0..<rounds {
    for i in 0..<12 { sums[i] = multiplyAdd(sums[i], x, y) }
  }
  var total = sums[0]
  for i in 1..<12 { total += sums[i] }
  return total.sum()
}

/// Multiplications and additions of a round.
let operationsPerRound = 2 * 12 * Lanes.scalarCount
