import CHalfPrecision
import Dispatch
import Executor
import Glibc
import KernelInterface
import Kernels
import Synchronization
import TensorCore
import TestSupport
import Testing

/// The kernels that round whole buffers, of every instruction set, against the processor's own half-precision conversions
/// and against the definitions in TensorCore.
@Suite struct RoundingBufferTests {
  /// What a kernel makes of values, where they lie.
  private static func rounded(_ source: [Float], _ rounding: ValueRounding, _ table: KernelTable) -> [Float] {
    var result = source
    unsafe result.withUnsafeMutableBufferPointer { result in
      if let base = result.baseAddress { unsafe table.round(base, base, result.count, rounding) }
    }
    return result
  }

  /// Blocks of 2¹⁶ patterns; all 2³² where the environment asks for it, else each 61st block and all around every power of two.
  private static let blocks: [UInt32] = {
    let isWhole = unsafe getenv("QTOOL_EXHAUSTIVE") != nil
    let all = (0..<UInt32(1 << 16))
    let exponents = all.filter { ($0 & 0x7f) <= 1 || ($0 & 0x7f) >= 0x7e }
    return isWhole ? Array(all) : Array(Set(all.filter { $0 % 61 == 0 } + exponents)).sorted()
  }()

  private static func patterns(_ block: UInt32) -> [Float] {
    (0..<1 << 16).map { Float(bitPattern: block << 16 | UInt32($0)) }
  }

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

  @Test func `binary16 of every width equals the processor's conversion`() {
    let started = ContinuousClock.now
    let wrong = Self.total { block in
      let source = Self.patterns(block), expected = Self.converted(source)
      var count = 0
      for table in KernelLibrary.available {
        let found = Self.rounded(source, .binary16, table)
        for i in source.indices where found[i].bitPattern != expected[i].bitPattern {
          // The instruction makes NaN quiet; here they stay what they are.
          if !(source[i].isNaN && found[i].bitPattern == source[i].bitPattern) { count += 1 }
        }
      }
      return count
    }
    print(
      "binary16: \(Self.blocks.count << 16) of 2^32 patterns compared with "
        + (half_precision_is_supported() ? "the processor's instructions" : "Float16")
        + " in \(ContinuousClock.now - started), by \(KernelLibrary.availableNames): \(wrong) differ")
    #expect(wrong == 0)
  }

  @Test(arguments: NarrowFormat.allCases)
  func `kernels of every width give the bits of the definitions`(format: NarrowFormat) {
    let rounding: ValueRounding = format == .fp16 ? .binary16 : .bfloat16
    let wrong = Self.total { block in
      let source = Self.patterns(block)
      var expected: [UInt32] = []
      expected.reserveCapacity(source.count)
      for x in source { expected.append(format.rounded(x).bitPattern) }
      return KernelLibrary.available.reduce(0) { count, table in
        let found = Self.rounded(source, rounding, table)
        var differing = 0
        for i in found.indices where found[i].bitPattern != expected[i] { differing += 1 }
        return count + differing
      }
    }
    #expect(wrong == 0)
  }

  @Test func `bfloat16 equals rounding to nearest, ties to even, in exact arithmetic`() {
    let wrong = Self.total { block in
      var wrong = 0
      for x in Self.patterns(block) {
        let found = bfloat16Rounded(x)
        let want = Self.exactBFloat16(x)
        if want.isNaN ? !found.isNaN : found.bitPattern != want.bitPattern { wrong += 1 }
      }
      return wrong
    }
    #expect(wrong == 0)
  }

  private static func exactBFloat16(_ x: Float) -> Float {
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

  @Test(arguments: 0..<60)
  func `numbers of a grid are those of their codes, whatever the width`(seed: Int) {
    var random = RandomNumbers(seed: UInt64(seed) + 500)
    let codes = [IntegerGrid.signedCodes, IntegerGrid.weightCodes, IntegerGrid.unsignedCodes][seed % 3]
    let zero = seed % 2 == 0 ? 0 : Int32(random.int(in: Int(codes.lowerBound)...Int(codes.upperBound)))
    // Down to scales whose multiples are subnormal, up to those whose multiples overflow.
    let scale = Float(sign: .plus, exponent: random.int(in: -140...121), significand: 1 + abs(random.floats(1)[0]))
    let grid = IntegerGrid(scale: scale, zeroPoint: zero, codes: codes)
    var values = random.floats(100 + seed).map { $0 * scale * 300 }
    // Ties, the ends, and what is no number.
    values += (-300...300).map { (Float($0) + 0.5) * scale } + (-300...300).map { Float($0) * scale }
    values += [.nan, -.nan, .infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
    let steps = GridSteps(
      scale: scale, least: Float(codes.lowerBound - zero), greatest: Float(codes.upperBound - zero))
    var bits: Set<[UInt32]> = []
    for table in KernelLibrary.available {
      let found = Self.rounded(values, .grid(steps), table)
      for (x, y) in zip(values, found) { #expect(y == grid.rounded(x), "\(table.name): \(x) on \(grid)") }
      bits.insert(found.map(\.bitPattern))
    }
    #expect(bits.count == 1, "\(grid)")
  }

  @Test(arguments: NarrowFormat.allCases)
  func `flushing turns subnormal results into zeros of their sign and nothing else`(format: NarrowFormat) {
    for block in [UInt32(0x0000), 0x007f, 0x0080, 0x3300, 0x387f, 0x3880, 0x807f, 0xb87f, 0x7f7f, 0xffc0] {
      var values = Self.patterns(block)
      let expected = values.map { x -> UInt32 in
        let y = format.rounded(x)
        return y.magnitude < format.smallestNormal ? y.bitPattern & 0x8000_0000 : y.bitPattern
      }
      unsafe values.withUnsafeMutableBufferPointer { values in
        guard let base = values.baseAddress else { return }
        unsafe roundElements(of: base, to: format, flushing: true, into: base, count: values.count)
      }
      #expect(values.map(\.bitPattern) == expected, "from \(block) on")
    }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 33])
  func `buffers of any length are rounded to their end and no further, also into others`(count: Int) {
    let expected = Float(Float16(0.1))
    for table in KernelLibrary.available {
      let source = Array(repeating: Float(0.1), count: count + 1)
      var target = Array(repeating: Float(7), count: count + 1)
      unsafe source.withUnsafeBufferPointer { source in
        unsafe target.withUnsafeMutableBufferPointer { target in
          guard let from = source.baseAddress, let to = target.baseAddress else { return }
          unsafe table.round(from, to, count, .binary16)
        }
      }
      #expect(target == Array(repeating: expected, count: count) + [7], "\(table.name)")
      let copy = Self.rounded(source, .none, table)
      #expect(copy == source, "\(table.name)")
    }
  }

  @Test(arguments: 0..<20)
  func `an epilogue that rounds gives the bits of a pass of its own`(seed: Int) {
    var random = RandomNumbers(seed: UInt64(seed) + 600)
    let convolution = ConvolutionSpecimen(&random), windows = WindowSpecimen(&random)
    let steps = GridSteps(scale: 0.0123, least: -128, greatest: 127)
    for table in KernelLibrary.available {
      for rounding in [ValueRounding.binary16, .bfloat16, .grid(steps)] {
        if convolution.outputs >= table.lanes {
          let apart = Self.rounded(convolution.run(table), rounding, table)
          let found = convolution.run(table, rounding)
          #expect(found.map(\.bitPattern) == apart.map(\.bitPattern), "\(table.name) \(convolution)")
        }
        let apart = Self.rounded(windows.depthwise(table), rounding, table)
        let found = windows.depthwise(table, rounding)
        #expect(found.map(\.bitPattern) == apart.map(\.bitPattern), "\(table.name) \(windows)")
      }
    }
  }
}
