import KernelInterface

/// How fast the kernels in use could be at best.
package enum PeakRate {
  /// Floating-point operations per second of one thread that does nothing but sums of products in registers. Takes about
  /// a tenth of a second: the best of many short bursts, for what else the machine does falls on few of them.
  package static func measure() -> Double {
    let table = KernelLibrary.current
    let rounds = 1 << 16
    var best = 0.0
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(100)
    while clock.now < end {
      var result: Float = 0
      let time = clock.measure { result = table.multiplyAdd(rounds, 0x1p-20, 1) }
      // Never so: the comparison keeps the work from being dropped.
      if result < 0 { return 0 }
      best = max(best, Double(rounds * table.operationsPerRound) / (time / .seconds(1)))
    }
    return best
  }
}
