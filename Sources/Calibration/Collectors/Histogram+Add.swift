import KernelInterface
import Kernels

extension Histogram {
  /// As many values as are binned at a time: their places stay in the fastest cache until they are counted.
  static let blockSize = 2048

  /// What one sweep over a block of values tells, with the places of the values in ``table`` as far as they have bins.
  func scan(_ values: UnsafeBufferPointer<Float>, places: UnsafeMutablePointer<UInt32>) -> BinScan {
    guard let source = values.baseAddress else { return BinScan() }
    let none = BinPlaces(scale: 1, linear: 0, logarithmic: 0, leastBits: 0)
    return unsafe KernelLibrary.current.placeBins(
      BinTask(
        values: source, count: values.count, negative: negativePlaces ?? none, positive: positivePlaces ?? none,
        places: places))
  }

  /// Counts the values other than 0 of a block.
  ///
  /// - Parameters:
  ///   - values: At most ``blockSize`` finite values, one of them other than 0.
  ///   - scan: What ``scan(_:places:)`` tells of them.
  ///   - places: What it wrote; overwritten where bins had to be made.
  mutating func add(
    _ values: UnsafeBufferPointer<Float>, scan: BinScan, places: UnsafeMutablePointer<UInt32>
  ) {
    var placed = scan.placed
    if !isScalable || !holds(scan) {
      for isNegative in [false, true] { unsafe makeBins(for: values, negative: isNegative) }
      placed = unsafe self.scan(values, places: places).placed
    }
    if !isScalable {
      // Numbers so small that kernels cannot scale them.
      for i in 0..<values.count {
        let value = unsafe values[i]
        if value != 0 { add(magnitude: value.magnitude.bitPattern, negative: value < 0) }
      }
      return
    }
    total += UInt64(values.count - scan.zeros)
    unsafe table.tally(UnsafeBufferPointer(start: places, count: placed), total: total)
  }

  /// Whether kernels can find the bins of both signs; where not, their scan does not tell what lies below either.
  private var isScalable: Bool {
    (negative == nil || negativePlaces != nil) && (positive == nil || positivePlaces != nil)
  }

  /// Whether all values other than 0 have bins.
  private func holds(_ scan: BinScan) -> Bool {
    if scan.reachesBelow { return false }
    if scan.highest > 0 && scan.highest.biasedExponent > positive?.top ?? -1 { return false }
    return scan.lowest >= 0 || scan.lowest.biasedExponent <= negative?.top ?? -1
  }

  /// Makes bins for the values of one sign: a rare, slow path.
  private mutating func makeBins(for values: UnsafeBufferPointer<Float>, negative isNegative: Bool) {
    var low = Int.max, high = -1
    for i in 0..<values.count {
      let value = unsafe values[i]
      guard value != 0, (value < 0) == isNegative else { continue }
      low = min(low, value.biasedExponent)
      high = max(high, value.biasedExponent)
    }
    guard high >= 0 else { return }
    include(low...high, negative: isNegative)
  }
}

extension Float {
  /// The eight bits of the exponent: 0 for subnormal numbers and zero, 255 for infinities and NaN.
  var biasedExponent: Int { Int((bitPattern >> 23) & 0xff) }
}
