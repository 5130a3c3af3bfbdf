import CalibrationCache
import Testing

@Suite struct TensorRTHeaderTests {
  @Test(arguments: [
    ("8.6.1", 8601), ("8.6.1.6", 8601), ("10.9.0", 100900), ("10.9", 100900), ("10.0.1", 100001), ("10.14.1", 101401),
    ("5.1.2", 5102), ("7.2.3", 7203), ("8.0.3", 8003), ("10.16.99", 101699),
  ])
  func `versions become the numbers that real headers hold`(text: String, number: Int) throws {
    let version = try TensorRTVersion(text)
    #expect(version.number == number)
    #expect(TensorRTVersion(number: number) == version)
  }

  @Test(arguments: [
    "", "8", "8.", "8..1", "8.6.x", "-8.6.1", "8.6.1.6.7", "8.10.0", "8.6.100", "10.100.0", "٨.6.1", "8.6.99999",
  ])
  func `what is no version is refused`(text: String) {
    #expect(throws: TensorRTVersionError.unreadable(text)) { try TensorRTVersion(text) }
  }

  @Test func `versions without such caches are refused with the reason`() {
    #expect(throws: TensorRTVersionError.tooOld("4.0.1")) { try TensorRTVersion("4.0.1") }
    let error = #expect(throws: TensorRTVersionError.self) { try TensorRTVersion("11.0.0") }
    #expect(error == .withoutCaches("11.0.0"))
    #expect(error?.description.contains("TensorRT 11 removed calibrators and reads no caches") == true)
  }

  @Test func `a header names version and calibrator`() throws {
    let header = TensorRTHeader(version: try TensorRTVersion("10.9.0"), calibrator: TensorRTCalibrator(method: "max"))
    #expect(header.text == "TRT-100900-MinMaxCalibration")
    #expect(TensorRTHeader(header.text) == header)
    for method in ["entropy", "percentile", "mse"] {
      let header = TensorRTHeader(version: .assumed, calibrator: TensorRTCalibrator(method: method))
      #expect(header.text == "TRT-8601-EntropyCalibration2")
    }
  }

  @Test func `every kind of header that real files have is understood`() throws {
    #expect(TensorRTHeader("1")?.meaning == .algorithm(1))
    let legacy = try #require(TensorRTHeader("0 3ff0000000000000 3fefffeb074a771d"))
    #expect(legacy.meaning == .legacy(quantile: 1, cutoff: Double(bitPattern: 0x3fef_ffeb_074a_771d)))
    #expect(
      TensorRTHeader("TRT-101000-EntropyCalibration2")?.meaning
        == .versioned(try TensorRTVersion("10.10.0"), calibrator: "EntropyCalibration2"))
    #expect(TensorRTHeader("TRT-8XXX-MinMaxCalibration")?.meaning == .versioned(nil, calibrator: "MinMaxCalibration"))
  }

  @Test func `numbers that no version has name none`() {
    for number in [-1, 0, 999, 10_000, 99_999, 1_000_000] { #expect(TensorRTVersion(number: number) == nil) }
  }
}
