import CalibrationCache
import TestSupport
import Testing

@Suite struct FormatTests {
  static let writable = CacheFormats.all.filter { $0 != CalibrationRecordFormat.self }
  static let names = writable.map { $0.name }

  @Test(arguments: names) func `what a format writes it recognizes, and reads without loss of scales`(name: String)
    throws
  {
    let format = try CacheFormats.named(name)
    var random = RandomNumbers(seed: 4)
    var document = CacheDocument(header: TensorRTHeader("TRT-8601-EntropyCalibration2"))
    for index in 0..<2000 {
      // Scales of all sizes that any format can hold.
      let scale =
        Float.random(in: 1...2, using: &random)
        * Float(sign: .plus, exponent: .random(in: -100...100, using: &random), significand: 1)
      document.entries.append(CacheEntry(name: "layer/\(index)", scale: scale))
    }
    let bytes = try format.write(document)
    let (read, found) = try CacheFormats.read(bytes, place: "test")
    #expect(found.name == format.name)
    #expect(read.irregularities.isEmpty)
    #expect(read.entries.map(\.name) == document.entries.map(\.name))
    let isExact =
      format == NCNNTable.self ? false : !format.content.contains(.ranges) || format.content.contains(.encodings)
    for (old, new) in zip(document.entries, read.entries) {
      // A binary32 magnitude, and a reciprocal, may be one step off; nothing else may.
      let steps = Int(old.scaleBits) - Int(new.scaleBits)
      #expect(isExact ? steps == 0 : steps.magnitude <= 1, "\(old.scale) \(new.scale)")
    }
    #expect(try format.write(read) == bytes)
  }

  @Test func `a magnitude gives back its scale`() {
    var random = RandomNumbers(seed: 9)
    for _ in 0..<100_000 {
      let scale = Float(bitPattern: UInt32.random(in: 1..<0x7f80_0000, using: &random))
      #expect(CacheScale.scale(forAmax: CacheScale.amax(forScale: scale)) == scale)
    }
    for amax in [Float(1), 6, 2.64, 3.4e38, .leastNonzeroMagnitude, 0] {
      #expect(CacheScale.scale(forAmax: Double(amax)) == amax / 127)
    }
    #expect(CacheScale.scale(forAmax: .infinity) == .infinity && CacheScale.scale(forAmax: .nan).isNaN)
    #expect(CacheScale.amax(forScale: .infinity) == .infinity && CacheScale.amax(forScale: 0) == 0)
  }

  @Test func `formats are told apart by names that differ`() {
    #expect(Set(CacheFormats.all.map { $0.name }).count == CacheFormats.all.count)
  }

  @Test(arguments: [
    ("x", "expected a calibration cache"), ("", "expected a calibration cache"), ("{", "line 1: expected a name"),
    ("{}", "expected a calibration cache"), ("{\"a\": [1,}", "line 1: expected a value, found '}'"),
    ("{\"a\":\n1} x", "line 2: expected the end of the file, found 'x'"),
    ("[1]", "expected a calibration cache"), ("{\"version\": \"2.0.0\"}", "expected a calibration cache"),
  ])
  func `what is no cache is refused`(text: String, words: String) {
    let error = #expect(throws: CacheError.self) { try CacheFormats.read(Array(text.utf8), place: "test") }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test func `what a format cannot hold is listed`() throws {
    let document = CacheDocument(
      header: TensorRTHeader("1"),
      entries: [
        CacheEntry(name: "plain", scale: 1), CacheEntry(name: "range", range: CacheRange(lower: 0, upper: 6)),
        CacheEntry(
          name: "zero",
          encoding: CacheEncoding(
            isSigned: false, isSymmetric: false, channels: [CacheEncoding.Channel(scale: 0.5, zeroPoint: 3)])),
        CacheEntry(
          name: "weight",
          encoding: CacheEncoding(
            isSigned: true, isSymmetric: true,
            channels: [1, 2].map { CacheEncoding.Channel(scale: $0, zeroPoint: 0) }, isPerChannel: true),
          role: .weight),
      ], extras: [JSONMember("quantizer_args", [:])])
    func listed(_ format: any CacheFormat.Type) -> [String] {
      format.omissions(document, from: CalibrationRecordFormat.self).map { "\($0.kind) \($0.subjects)" }
    }
    #expect(
      listed(TensorRTCache.self) == [
        #"extras ["quantizer_args"]"#, #"weights ["weight"]"#, #"encodings ["zero"]"#, #"asymmetry ["range"]"#,
      ])
    #expect(
      listed(OnnxruntimeJSON.self) == [
        #"header ["1"]"#, #"extras ["quantizer_args"]"#, #"weights ["weight"]"#, #"encodings ["zero"]"#,
      ])
    #expect(
      listed(AIMETEncodings200.self) == [
        #"header ["1"]"#, #"extras ["quantizer_args"]"#, #"assumedAxis ["weight"]"#,
      ])
    #expect(
      listed(NCNNTable.self) == [
        #"header ["1"]"#, #"extras ["quantizer_args"]"#, #"encodings ["zero"]"#, #"asymmetry ["range"]"#,
        #"names ["plain"]"#,
      ])
    #expect(TensorRTCache.omissions(document, from: TensorRTCache.self).isEmpty)
    let words = TensorRTCache.omissions(document, from: CalibrationRecordFormat.self).map(\.description)
    #expect(
      words == [
        "left out: 'quantizer_args'", "scales of 1 weights left out: 'weight'",
        "zero points and bit widths of 1 tensors left out, their ranges kept: 'zero'",
        "1 asymmetric ranges became symmetric: 'range'",
      ])
  }

  @Test(arguments: names, [Float.infinity, .nan, 0, -1])
  func `an impossible scale is kept or refused, never changed`(name: String, scale: Float) throws {
    let format = try CacheFormats.named(name)
    let document = CacheDocument(
      header: TensorRTHeader("1"), entries: [CacheEntry(name: "x", scaleBits: scale.bitPattern)])
    guard let bytes = try? format.write(document) else { return }
    let read = try format.read(bytes, place: "test").entries[0].scale
    #expect(read.isNaN == scale.isNaN)
    if !scale.isNaN { #expect(read.magnitude == scale.magnitude) }
  }
}
