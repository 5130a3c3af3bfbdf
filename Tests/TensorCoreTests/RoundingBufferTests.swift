import CHalfPrecision
import Dispatch
import Synchronization
import TensorCore
import Testing

/// Rounding of whole buffers against the processor's own half-precision conversions.
@Suite struct RoundingBufferTests {
  /// What rounding `count` consecutive bit patterns from `first` on gives, compared with `expected`.
  private static func mismatches(
    from first: UInt32, count: Int, to format: NarrowFormat, flushing: Bool = false, _ expected: (Float) -> Float
  ) -> Int {
    let source = (0..<count).map { Float(bitPattern: first &+ UInt32($0)) }
    var result = source
    unsafe source.withUnsafeBufferPointer { source in
      unsafe result.withUnsafeMutableBufferPointer { result in
        guard let from = source.baseAddress, let to = result.baseAddress else { return }
        unsafe round(from, to: format, flushing: flushing, into: to, count: count)
      }
    }
    var count = 0
    for (x, y) in zip(source, result) {
      let want = expected(x)
      if want.isNaN ? !y.isNaN : y.bitPattern != want.bitPattern { count += 1 }
    }
    return count
  }

  /// Blocks of patterns; all 2³² where the environment asks for it, else each 61st block and all around every power of two.
  private static let blocks: [UInt32] = {
    let isWhole = Environment.isSet("QTOOL_EXHAUSTIVE")
    let all = (0..<UInt32(1 << 16))
    let exponents = all.filter { ($0 & 0x7f) <= 1 || ($0 & 0x7f) >= 0x7e }
    return isWhole ? Array(all) : Array(Set(all.filter { $0 % 61 == 0 } + exponents)).sorted()
  }()

  /// What the processor's instructions make of `source`; where it has none, what Swift's Float16 makes of it.
  private static func converted(_ source: [Float]) -> [Float] {
    guard half_precision_is_supported() else { return source.map { Float(Float16($0)) } }
    return unsafe [Float](unsafeUninitializedCapacity: source.count) { result, count in
      unsafe source.withUnsafeBufferPointer { source in
        if let from = source.baseAddress, let to = result.baseAddress {
          unsafe half_precision_round(from, to, source.count)
        }
      }
      count = source.count
    }
  }

  /// The sum of `count` over all blocks, on all cores.
  private static func total(_ count: @Sendable (UInt32) -> Int) -> Int {
    let total = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: blocks.count) { place in
      total.wrappingAdd(count(blocks[place]), ordering: .relaxed)
    }
    return total.load(ordering: .relaxed)
  }

  @Test func `binary16 equals the processor's conversion`() {
    let started = ContinuousClock.now
    let wrong = Self.total { block in
      let source = (0..<1 << 16).map { Float(bitPattern: block << 16 | UInt32($0)) }
      var result = source
      unsafe result.withUnsafeMutableBufferPointer { result in
        if let base = result.baseAddress { unsafe round(base, to: .fp16, into: base, count: result.count) }
      }
      var count = 0
      for (x, y) in zip(Self.converted(source), result) where x.bitPattern != y.bitPattern && !(x.isNaN && y.isNaN) {
        count += 1
      }
      return count
    }
    print(
      "binary16: \(Self.blocks.count << 16) of 2^32 patterns compared with "
        + (half_precision_is_supported() ? "the processor's instructions" : "Float16")
        + " in \(ContinuousClock.now - started): \(wrong) differ")
    #expect(wrong == 0)
  }

  @Test func `bfloat16 equals rounding to nearest, ties to even, in exact arithmetic`() {
    let wrong = Self.total { block in
      Self.mismatches(from: block << 16, count: 1 << 16, to: .bf16) { x in
        guard x.isFinite else { return x }
        let below = Float(bitPattern: x.bitPattern & 0xffff_0000)
        let next = below.bitPattern &+ 0x1_0000
        let low = Double(below), value = Double(x)
        // The step past the largest finite number counts as another of the same width.
        let step = Double(Float(bitPattern: below.bitPattern | 0xffff)) - low
        let distance = (value - low).magnitude, width = step.magnitude + Double(x.ulp)
        if distance * 2 < width { return below }
        if distance * 2 > width { return Float(bitPattern: next) }
        return (below.bitPattern >> 16) & 1 == 0 ? below : Float(bitPattern: next)
      }
    }
    #expect(wrong == 0)
  }

  @Test func `flushing turns subnormal results into zeros of their sign and nothing else`() {
    for first in [UInt32(0x3300_0000), 0x387f_0000, 0x3880_0000, 0xb87f_0000, 0x7f7f_0000] {
      let wrong = Self.mismatches(from: first, count: 1 << 16, to: .fp16, flushing: true) { x in
        let y = Float(Float16(x))
        return y.magnitude < 0x1p-14 ? Float(sign: y.sign, exponentBitPattern: 0, significandBitPattern: 0) : y
      }
      #expect(wrong == 0, "from \(first)")
    }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 33])
  func `buffers of any length are rounded to their end and no further`(count: Int) {
    var values = Array(repeating: Float(0.1), count: count + 1)
    unsafe values.withUnsafeMutableBufferPointer { values in
      if let base = values.baseAddress { unsafe round(base, to: .fp16, into: base, count: count) }
    }
    #expect(values.prefix(count).allSatisfy { $0 == Float(Float16(0.1)) })
    #expect(values[count] == 0.1)
  }
}
