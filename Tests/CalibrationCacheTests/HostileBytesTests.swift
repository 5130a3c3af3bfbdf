import CalibrationCache
import TestSupport
import Testing

@Suite struct HostileBytesTests {
  private static let document = CacheDocument(
    header: TensorRTHeader("TRT-8601-EntropyCalibration2"),
    entries: [
      CacheEntry(name: "a:0", range: CacheRange(lower: -1, upper: 3)), CacheEntry(name: "naïve", scale: 0.01),
      CacheEntry(name: "b", range: CacheRange(lower: 0, upper: 6)),
    ])

  @Test(arguments: FormatTests.names) func `damaged files are refused or read, never a crash`(name: String) throws {
    let format = try CacheFormats.named(name)
    let whole = try format.write(Self.document)
    var random = RandomNumbers(seed: 1)
    for position in whole.indices {
      let bits = UInt8(1) << UInt8(random.next() % 8)
      for byte in [0, 0x0a, 0x22, 0x2d, 0x39, 0x5b, 0x7b, 0x7f, 0x80, 0xff, whole[position] ^ bits] as [UInt8] {
        var bytes = whole
        bytes[position] = byte
        try readAndWrite(bytes, format)
      }
      try readAndWrite(Array(whole[..<position]), format)
      try readAndWrite(Array(whole[position...]), format)
    }
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<(1 + random.next() % 8) {
        let position = Int(random.next() % UInt64(bytes.count))
        bytes[position] = UInt8(truncatingIfNeeded: random.next())
      }
      try readAndWrite(bytes, format)
    }
  }

  /// What is read once is written in every format that can hold it, and reads back with as many tensors.
  private func readAndWrite(_ bytes: [UInt8], _ format: any CacheFormat.Type) throws {
    _ = try? CacheFormats.read(bytes, place: "test")
    guard let document = try? format.read(bytes, place: "test") else { return }
    _ = PPQRanges.omissions(document, from: format)
    _ = try? AIMETEncodings061.write(document)
    guard let written = try? format.write(document) else { return }
    // A damaged name may hold what the format takes for a separator; what is written must still be readable.
    _ = try format.read(written, place: "test")
  }

  @Test func `brackets without end are refused`() {
    for open in ["[", "{\"a\":"] {
      let text = "{\"a\":" + String(repeating: open, count: 100_000)
      let error = #expect(throws: CacheError.self) { try CacheFormats.read(Array(text.utf8), place: "test") }
      #expect(error?.description.contains("at most 64 levels") == true)
    }
  }

  @Test(arguments: [
    "{\"version\": \"0.6.1\", \"activation_encodings\": {\"x\": []}}",
    "{\"activation_encodings\": {\"x\": [{\"bitwidth\": 1e300, \"offset\": 0, \"scale\": 1}]}}",
    "{\"activation_encodings\": {\"x\": [{\"bitwidth\": 8, \"offset\": -1e18, \"scale\": 1}]}}",
    "{\"activation_encodings\": {\"x\": [{\"bitwidth\": 64, \"offset\": 0, \"scale\": 1}]}}",
    "{\"activation_encodings\": [{\"name\": \"x\", \"bw\": 8, \"dtype\": \"INT\", \"enc_type\": \"PER_TENSOR\", "
      + "\"scale\": [], \"offset\": []}]}",
    "{\"act_quant_info\": {\"x\": \"1\"}}", "{\"x\": [1, 2], \"y\": [1]}",
    "{\"format\": \"qtool-calibration-record/1\", \"tensors\": [{\"name\": \"x\", \"scale_bits\": \"+1\"}]}",
  ])
  func `values that make no sense are refused with their place`(text: String) {
    let error = #expect(throws: CacheError.self) { try CacheFormats.read(Array(text.utf8), place: "test") }
    #expect(error?.description.hasPrefix("test, field '") == true, "\(error?.description ?? "")")
  }
}
