import KernelInterface
import Kernels

extension Histogram {
  /// As many values as are binned at a time: their places stay in the fastest cache until they are counted.
  static let blockSize = 2048

  /// What one sweep over a block of values tells, with the places of the values in ``table`` as far as they have bins.
  func scan(_ values: UnsafeBufferPointer<Float>, places: UnsafeMutablePointer<UInt32>) -> BinScan {
    guard let source = values.baseAddress else { return BinScan() }
    let none = BinPlaces(scale: 1, linear: 0, logarithmic: 0)
    return unsafe KernelLibrary.current.placeBins(
      BinTask(
        values: source, count: values.count, negative: negativePlaces, positive: positivePlaces ?? none,
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
    if unsafe !holds(values, scan) {
      unsafe makeBins(for: values)
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
    unsafe table.tally(UnsafeMutableBufferPointer(start: places, count: placed), total: total)
  }

  /// Whether kernels can find the bins of both signs.
  private var isScalable: Bool {
    (negative == nil || negativePlaces != nil) && (positive == nil || positivePlaces != nil)
  }

  /// Whether all values other than 0 have bins.
  private func holds(_ values: UnsafeBufferPointer<Float>, _ scan: BinScan) -> Bool {
    if scan.highest > 0 && scan.highest.biasedExponent > positive?.top ?? -1 { return false }
    if scan.lowest < 0 && scan.lowest.biasedExponent > negative?.top ?? -1 { return false }
    let limits = (negative: negative?.leastBits ?? 0, positive: positive?.leastBits ?? 0)
    if scan.leastBits >= max(limits.negative, limits.positive) { return true }
    // Only now does it matter which sign the small ones have.
    return unsafe values.allSatisfy { value in
      value == 0 || value.magnitude.bitPattern >= (value < 0 ? limits.negative : limits.positive)
    }
  }

  /// Makes bins for the finite values other than 0.
  ///
  /// Whoever does so for a whole tensor before its first block spares the table from growing with every other block.
  mutating func makeBins(for values: UnsafeBufferPointer<Float>) {
    for isNegative in [false, true] {
      if let exponents = unsafe Self.exponents(of: values, negative: isNegative) {
        include(exponents, negative: isNegative)
      }
    }
  }

  /// The biased exponents of the least and the greatest finite magnitude other than 0 of one sign; nil where there is
  /// none.
  private static func exponents(of values: UnsafeBufferPointer<Float>, negative: Bool) -> ClosedRange<Int>? {
    typealias Bits = SIMD16<UInt32>
    // The other sign's values then lie beyond all magnitudes, as NaN and infinities do.
    let sign = Bits(repeating: negative ? 1 << 31 : 0), finite = Bits(repeating: 0x7f80_0000 - 1)
    let none = Bits(repeating: 0), one = Bits(repeating: 1)
    var least = Bits(repeating: .max), greatest = none
    @inline(__always) func look(at bits: Bits) {
      let magnitude = bits ^ sign
      let counts = (magnitude &- one) .< finite
      least.replace(with: magnitude, where: counts .& (magnitude .< least))
      greatest.replace(with: magnitude, where: counts .& (magnitude .> greatest))
    }
    guard let source = unsafe UnsafeRawPointer(values.baseAddress) else { return nil }
    var i = 0
    while i &+ 16 <= values.count {
      look(at: unsafe source.loadUnaligned(fromByteOffset: i &* 4, as: Bits.self))
      i = i &+ 16
    }
    while i < values.count {
      look(at: Bits(repeating: unsafe values[i].bitPattern))
      i = i &+ 1
    }
    return greatest.max() == 0 ? nil : Int(least.min() >> 23)...Int(greatest.max() >> 23)
  }
}

extension Float {
  /// The eight bits of the exponent: 0 for subnormal numbers and zero, 255 for infinities and NaN.
  var biasedExponent: Int { Int((bitPattern >> 23) & 0xff) }
}
