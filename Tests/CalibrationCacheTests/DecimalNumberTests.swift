import CalibrationCache
import Foundation
import TestSupport
import Testing

@Suite struct DecimalNumberTests {
  @Test(arguments: [
    (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.0001, "0.0001"), (0.00001, "1e-05"), (1e15, "1000000000000000.0"),
    (1e16, "1e+16"), (9_999_999_999_999_998, "9999999999999998.0"), (1.2e16, "1.2e+16"), (123.456, "123.456"),
    (2.640000104904175, "2.640000104904175"), (.leastNonzeroMagnitude, "5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (-1.5e-7, "-1.5e-07"), (100, "100.0"),
  ])
  func `numbers are printed as Python prints them`(value: Double, text: String) {
    #expect(DecimalNumber(value).python == text)
  }

  @Test func `every form reads back as the same number`() {
    var random = RandomNumbers(seed: 2)
    for _ in 0..<20_000 {
      let value = Double(bitPattern: random.next())
      guard value.isFinite else { continue }
      #expect(DecimalNumber.value(of: Array(DecimalNumber(value).python.utf8)) == value)
      #expect(DecimalNumber.value(of: Array(DecimalNumber(value).plain.utf8)) == value)
      let narrow = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      guard narrow.isFinite else { continue }
      #expect(Float(DecimalNumber(narrow).plain) == narrow)
      if let six = DecimalNumber.sixPlaces(narrow) { #expect(six == String(format: "%.6f", Double(narrow))) }
    }
    #expect(DecimalNumber(1e-7).plain == "0.0000001")
    #expect(DecimalNumber(1.5e20).plain == "150000000000000000000.0")
  }

  @Test(arguments: ["", "x", "0x10", "1 2", "--1", "1e", "e5", "3c010a14", "1.2.3", "infinite", "+-1"])
  func `what is no decimal number is none`(text: String) { #expect(DecimalNumber.value(of: Array(text.utf8)) == nil) }
}
