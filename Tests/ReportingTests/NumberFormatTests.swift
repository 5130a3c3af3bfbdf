import Reporting
import Testing

@Suite struct NumberFormatTests {
  @Test(
    arguments: [
      (0, "0"), (-0.0, "0"), (1, "1.000"), (0.125, "0.1250"), (-2.5, "-2.500"), (0.001, "0.001000"), (1234, "1234"),
      (9999, "9999"), (9999.6, "10.00e3"), (12346, "12.35e3"), (123456, "123.5e3"), (1e6, "1.000e6"),
      (0.000999949, "999.9e-6"), (0.00099996, "0.001000"), (-1e-6, "-1.000e-6"), (3.4028235e38, "340.3e36"),
      (.leastNonzeroMagnitude, "4.941e-324"), (.nan, "NaN"), (.infinity, "Inf"), (-.infinity, "-Inf"),
    ] as [(Double, String)])
  func `numbers have four significant digits`(value: Double, text: String) {
    #expect(NumberFormat.number(value) == text)
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1\u{202F}000"), (-1_234_567, "-1\u{202F}234\u{202F}567")])
  func `counts are grouped in threes`(value: Int, text: String) {
    #expect(NumberFormat.count(value) == text)
  }

  @Test func `the greatest count is no trouble`() {
    #expect(NumberFormat.count(UInt64.max).filter(\.isNumber) == "18446744073709551615")
    #expect(NumberFormat.count(Int.min).filter(\.isNumber) == "9223372036854775808")
  }

  @Test(
    arguments: [
      (0, "0 %"), (1, "100 %"), (0.5, "50.0 %"), (0.025, "2.50 %"), (0.0005, "0.050 %"), (0.00001, "0.0010 %"),
      (1e-9, "< 0.0001 %"), (0.99999, "> 99.99 %"), (0.9996, "99.96 %"), (.nan, "NaN"),
    ] as [(Double, String)])
  func `only nothing reads 0 % and only everything 100 %`(value: Double, text: String) {
    let plain = NumberFormat.share(value).replacing("\u{A0}", with: " ").replacing("\u{202F}", with: " ")
    #expect(plain == text)
  }

  @Test(
    arguments: [
      (0.004, "0.00 s"), (9.99, "9.99 s"), (9.999, "10.0 s"), (59.97, "1 min 00 s"), (185, "3 min 05 s"),
      (7440, "2 h 04 min"), (.infinity, "Inf s"), (-1, "-1.000 s"),
    ] as [(Double, String)])
  func `durations read as people say them`(seconds: Double, text: String) {
    #expect(NumberFormat.duration(seconds: seconds).replacing("\u{A0}", with: " ") == text)
  }

  @Test func `the bits of a scale have eight digits`() {
    #expect(NumberFormat.bits(1) == "3f800000")
    #expect(NumberFormat.bits(0) == "00000000")
  }

  @Test(
    arguments: [(0.01, "0.01"), (20, "20"), (0.001, "1e-3"), (5e6, "5e6"), (-10, "-10"), (0, "0")] as [(Double, String)]
  )
  func `ticks are short`(value: Double, text: String) {
    #expect(NumberFormat.tick(value) == text)
  }
}
