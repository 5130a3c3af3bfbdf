import KernelInterface
import Kernels

extension Histogram {
  /// As many values as are binned at a time: their places stay in the fastest cache until they are counted.
  static let blockSize = 4096

  /// What one sweep over a block of values tells, with the places of the values in ``table`` as far as they have bins.
  func scan(_ values: UnsafeBufferPointer<Float>, places: UnsafeMutablePointer<UInt32>) -> BinScan {
    // A sign's bins may be too narrow for kernels: even so the scan must tell that sign's magnitudes.
    unsafe Self.scan(
      values, negative == nil ? nil : negativePlaces ?? .unused, positivePlaces ?? .unused, places)
  }

  private static func scan(
    _ values: UnsafeBufferPointer<Float>, _ negative: BinPlaces?, _ positive: BinPlaces,
    _ places: UnsafeMutablePointer<UInt32>
  ) -> BinScan {
    guard let source = values.baseAddress else { return BinScan() }
    return unsafe KernelLibrary.current.placeBins(
      BinTask(values: source, count: values.count, negative: negative, positive: positive, places: places))
  }

  /// Counts the values other than 0 of a block.
  ///
  /// - Parameters:
  ///   - values: At most ``blockSize`` finite values, one of them other than 0.
  ///   - scan: What ``scan(_:places:)`` tells of them; told anew where bins had to be made.
  ///   - places: What it wrote; overwritten.
  mutating func add(
    _ values: UnsafeBufferPointer<Float>, scan: inout BinScan, places: UnsafeMutablePointer<UInt32>
  ) {
    if !holds(scan) {
      unsafe makeBins(for: values, places: places)
      scan = unsafe self.scan(values, places: places)
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
    unsafe table.tally(UnsafeMutableBufferPointer(start: places, count: scan.placed), total: total)
  }

  /// Whether kernels can find the bins of both signs.
  private var isScalable: Bool {
    (negative == nil || negativePlaces != nil) && (positive == nil || positivePlaces != nil)
  }

  /// Whether all values other than 0 have bins.
  private func holds(_ scan: BinScan) -> Bool {
    func holds(_ layout: BinLayout?, _ least: UInt32, _ greatest: Float) -> Bool {
      guard let layout else { return false }
      return least >= layout.leastBits && greatest.biasedExponent <= layout.top
    }
    if scan.highest > 0 && !holds(positive, scan.leastPositive, scan.highest) { return false }
    return scan.lowest >= 0 || holds(negative, scan.leastNegative, scan.lowest)
  }

  /// To be called before many values are counted.
  ///
  /// Between two samples of a tensor all others have been in the cache. The places of values lie anywhere in the table:
  /// without this, counting would wait for its lines, four hundred or so, one at a time. The magnitudes of the largest
  /// binade have half the bins and are few, as are those below 15 binades; to fetch those costs more than it spares.
  func fetch() {
    for sign in [true, false] {
      guard let layout = layout(negative: sign) else { continue }
      let start = range(negative: sign).lowerBound
      let bins = layout.firstBin(exponent: max(layout.low, layout.top - 15))..<layout.firstBin(exponent: layout.top)
      table.fetch(start + bins.lowerBound..<start + bins.upperBound)
    }
  }

  /// Makes bins for values that are finite, as far as some blocks of them tell; where some are not, for none.
  ///
  /// Whoever does so for a whole tensor before its first block spares the table from growing with every other block. It may
  /// still have to grow once or twice: that takes less time than to look at all values beforehand.
  ///
  /// - Parameters:
  ///   - limit: Positive values from here on need no bins.
  ///   - places: As many as a block has at most; overwritten.
  mutating func makeBins(
    for values: UnsafeBufferPointer<Float>, below limit: Float = .infinity, places: UnsafeMutablePointer<UInt32>
  ) {
    var all = BinScan()
    for start in stride(from: 0, to: values.count, by: 8 * Self.blockSize) {
      let end = min(start + Self.blockSize, values.count)
      let scan = unsafe Self.scan(UnsafeBufferPointer(rebasing: values[start..<end]), .unused, .unused, places)
      guard scan.isFinite else { return }
      all.lowest = min(all.lowest, scan.lowest)
      all.highest = max(all.highest, scan.highest)
      all.leastNegative = min(all.leastNegative, scan.leastNegative)
      all.leastPositive = min(all.leastPositive, scan.leastPositive)
    }
    if all.lowest < 0 {
      include(Int(all.leastNegative >> 23)...all.lowest.biasedExponent, negative: true)
    }
    if all.highest > 0, all.leastPositive < limit.bitPattern {
      include(Int(all.leastPositive >> 23)...min(all.highest, limit.nextDown).biasedExponent, negative: false)
    }
  }
}

extension BinPlaces {
  /// Where there are no bins: the places mean nothing.
  fileprivate static let unused = BinPlaces(scale: 1, linear: 0, logarithmic: 0)
}

extension Float {
  /// The eight bits of the exponent: 0 for subnormal numbers and zero, 255 for infinities and NaN.
  var biasedExponent: Int { Int((bitPattern >> 23) & 0xff) }
}
