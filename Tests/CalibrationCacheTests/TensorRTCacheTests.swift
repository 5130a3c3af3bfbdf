import CalibrationCache
import Foundation
import TestSupport
import Testing

@Suite struct TensorRTCacheTests {
  @Test func `caches made by TensorRT come back byte for byte`() throws {
    guard let root = SharedData.root(having: "caches") else { return }
    let folder = URL(filePath: root).appending(path: "caches")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.lastPathComponent.hasPrefix("trt") }
    #expect(files.count >= 8)
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: file))
      let (document, format) = try CacheFormats.read(bytes, place: file.lastPathComponent)
      #expect(format == TensorRTCache.self && document.irregularities.isEmpty && !document.entries.isEmpty)
      #expect(try TensorRTCache.write(document) == bytes, "\(file.lastPathComponent)")
    }
  }

  @Test func `what real files hold is read`() throws {
    let document = try read(
      """
      TRT-8601-EntropyCalibration2
      resnet/Conv2D:0: 3f955020
      (Unnamed Layer* 64) [Shuffle]_output: 0
      a: b: 7f800000
      84: 1
      naïve/層: 3c010a14

      """)
    #expect(document.irregularities.isEmpty)
    #expect(
      document.entries == [
        CacheEntry(name: "resnet/Conv2D:0", scaleBits: 0x3f95_5020),
        CacheEntry(name: "(Unnamed Layer* 64) [Shuffle]_output", scale: 0),
        CacheEntry(name: "a: b", scale: .infinity), CacheEntry(name: "84", scale: .leastNonzeroMagnitude),
        CacheEntry(name: "naïve/層", scale: 1 * 2048.5 / 2048 / 127),
      ])
  }

  @Test func `every number is written as printf writes it, and read back`() throws {
    for bits: UInt32 in [0, 1, 0xf, 0x7f80_0000, 0x8000_0000, 0xffff_ffff, 0x3c01_0a14, 0x7fc0_0001] {
      let document = CacheDocument(header: TensorRTHeader("1"), entries: [CacheEntry(name: "x", scaleBits: bits)])
      let bytes = try TensorRTCache.write(document)
      #expect(String(decoding: bytes, as: UTF8.self) == "1\nx: " + String(format: "%x", bits) + "\n")
      #expect(try TensorRTCache.read(bytes, place: "test") == document)
    }
  }

  @Test(arguments: [
    ("\r\n", [CacheIrregularity.Kind.carriageReturn, .carriageReturn]), ("\n\n", [.blankLine]), ("\n", []),
  ])
  func `other line ends are read, listed and mended`(end: String, kinds: [CacheIrregularity.Kind]) throws {
    let document = try read("TRT-8601-EntropyCalibration2" + end + "x: 3c010a14" + (end == "\n\n" ? "\n" : end))
    #expect(document.irregularities.map(\.kind) == kinds)
    let written = String(decoding: try TensorRTCache.write(document), as: UTF8.self)
    #expect(written == "TRT-8601-EntropyCalibration2\nx: 3c010a14\n")
  }

  @Test func `what only other writers make is read and listed`() throws {
    let document = try read("\u{feff}TRT-8XXX-EntropyCalibration2\nx: 0x3C010A14\ny: 0003c010\nx:  1")
    #expect(document.entries.map(\.scaleBits) == [0x3c01_0a14, 0x3c010, 1])
    #expect(
      document.irregularities.map(\.description) == [
        "line 1: a byte order mark in front",
        "line 1: expected 'TRT-<number>-<calibrator>', found 'TRT-8XXX-EntropyCalibration2'",
        "line 2: expected unpadded lower-case hexadecimal digits, found '0x3C010A14'",
        "line 3: expected unpadded lower-case hexadecimal digits, found '0003c010'",
        "line 4: no newline at the end", "line 4: expected unpadded lower-case hexadecimal digits, found ' 1'",
        "line 4: tensor 'x' has a scale on line 2 already",
      ])
  }

  @Test(arguments: [
    "", "\n", "data 2.64\n", "{\"x\": [1, 2]}", "TRT-8601-\n", "TRT-\n", "0 1\n", "123\n", "-1\n", "+1\n",
  ])
  func `a first line that is no header is refused`(text: String) {
    #expect(!TensorRTCache.recognizes(Array(text.utf8)))
    #expect(throws: CacheError.self) { try read(text) }
  }

  @Test(arguments: [
    "x", "x:3c010a14", "x: ", "x: 3c010a14f", "x: 3g", "x: -1", "x: +1", "x: 1.5", ": 3c010a14", "x: 0x", "x 1",
  ])
  func `a line without name and scale is refused with its number`(line: String) {
    let error = #expect(throws: CacheError.self) { try read("1\nok: 1\n" + line + "\n") }
    #expect(error == .entry(place: "test", line: 3, found: line))
    #expect(
      error?.description == "test, line 3: expected '<tensor>: <scale as up to 8 hexadecimal digits>', found "
        + "'\(line)'; mend or delete the line")
  }

  @Test func `bytes that are not text are refused with the line`() {
    let bytes = Array("1\nx: 1\n".utf8) + [0xff, 0xfe, 0x0a]
    #expect(throws: CacheError.notUTF8(place: "test", line: 3)) { try TensorRTCache.read(bytes, place: "test") }
  }

  @Test func `damaged files are refused or read, and what is read survives writing`() throws {
    let whole = Array("TRT-8601-EntropyCalibration2\r\na: b: 3c010a14\n(Unnamed) [x]: 0\n".utf8)
    for position in whole.indices {
      for byte in [0, 10, 13, 32, 58, 48, 102, 195, 255] as [UInt8] {
        var bytes = whole
        bytes[position] = byte
        for damaged in [bytes, Array(bytes[..<position]), Array(bytes[position...])] {
          guard let document = try? TensorRTCache.read(damaged, place: "test") else { continue }
          guard let written = try? TensorRTCache.write(document) else { continue }
          var mended = document
          mended.irregularities = try TensorRTCache.read(written, place: "test").irregularities
          #expect(try TensorRTCache.read(written, place: "test") == mended)
        }
      }
    }
  }

  @Test(arguments: ["", "a\nb", "a\r", "a\r\nb"])
  func `a name that would break its line is not written`(name: String) {
    let document = CacheDocument(header: TensorRTHeader("1"), entries: [CacheEntry(name: name, scale: 1)])
    #expect(throws: CacheError.unwritableName(name, format: "tensorrt")) { try TensorRTCache.write(document) }
  }

  @Test func `without a header nothing is written`() {
    #expect(throws: CacheError.headerMissing(format: "tensorrt")) { try TensorRTCache.write(CacheDocument()) }
  }

  @Test func `an unknown format is refused with the names there are`() {
    let error = #expect(throws: CacheError.self) { try CacheFormats.named("coreml") }
    let names = CacheFormats.all.map { $0.name }.joined(separator: ", ")
    #expect(error?.description == "cache format: expected one of \(names), found 'coreml'; choose one of these")
  }

  private func read(_ text: String) throws(CacheError) -> CacheDocument {
    try TensorRTCache.read(Array(text.utf8), place: "test")
  }
}
