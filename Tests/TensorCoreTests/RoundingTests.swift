import TensorCore
import Testing

@Suite struct RoundingTests {
  /// Every exponent, every last-kept bit and every pattern around a tie: where a rounding rule can go wrong.
  @Test func `binary16 rounding equals the hardware type's on a dense stratified sample of all floats`() {
    var differing = 0
    for upper in UInt32(0)..<(1 << 20) {
      for lower in [UInt32(0), 1, 0x7ff, 0x800, 0x801, 0xfff] {
        let value = Float(bitPattern: upper << 12 | lower)
        let expected = Float(Float16(value)), found = binary16Rounded(value)
        if expected.isNaN ? !found.isNaN : expected.bitPattern != found.bitPattern { differing += 1 }
      }
    }
    #expect(differing == 0)
  }

  @Test(arguments: [
    (Float(1), Float(1)), (1.001, 1), (1.00390625, 1), (1.01171875, 1.015625), (3.4e38, .infinity), (-0.0, -0.0),
    (.infinity, .infinity), (1.003907, 1.0078125),
  ])
  func `bfloat16 keeps eight significant bits, ties to even`(value: Float, expected: Float) {
    #expect(bfloat16Rounded(value).bitPattern == expected.bitPattern)
    #expect(Float(BFloat16(value)).bitPattern == expected.bitPattern)
  }

  @Test func `NaN stays NaN in every float format`() {
    #expect(binary16Rounded(.nan).isNaN)
    #expect(bfloat16Rounded(Float(bitPattern: 0x7f80_0001)).isNaN)
  }

  @Test(arguments: [
    (Float(0.5), Int32(0)), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (200, 127), (-200, -128), (.nan, 0),
    (.infinity, 127), (-.infinity, -128),
  ])
  func `codes round ties to even and saturate`(value: Float, expected: Int32) {
    #expect(nearestCode(value, scale: 1, in: -128...127) == expected)
  }
}
