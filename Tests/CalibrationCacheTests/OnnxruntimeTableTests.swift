import CalibrationCache
import Foundation
import TestSupport
import Testing

@Suite struct OnnxruntimeTableTests {
  /// onnxruntime's own writer sorts names, and takes the upper bound for the magnitude.
  private static let document = CacheDocument(
    entries: [
      ("a b", -0.25, 1), ("data", -2.117904, 2.64), ("large", -1e20, 1e20), ("naïve/層", -1, 3e-5), ("neg", 0, 1.4e-45),
      ("x:0", 0, 0),
    ].map { CacheEntry(name: $0.0, range: CacheRange(lower: Double(Float($0.1)), upper: Double(Float($0.2)))) })

  @Test func `onnxruntime reads what is written and writes the same bytes`() throws {
    let folder = try TemporaryFolder()
    var document = Self.document
    // Its own magnitude is the upper bound; where that is the smaller one, the table is too small, and ours is not.
    document.entries[3] = CacheEntry(name: "naïve/層", range: CacheRange(lower: 0, upper: Double(Float(3e-5))))
    let files: [(String, any CacheFormat.Type)] = [
      ("calibration.json", OnnxruntimeJSON.self), ("calibration.flatbuffers", OnnxruntimeFlatbuffers.self),
      ("calibration.cache", OnnxruntimeCache.self), ("quantize.json", OnnxruntimeTensorsData.self),
    ]
    for (name, format) in files { try folder.write(try format.write(document), to: name) }
    guard let lines = try Oracle.lines("calibration_tables.py", [folder.path]) else { return }
    let expected = document.entries.map { entry in
      let range = entry.writtenRange
      return [entry.name] + [range.lower, range.upper, range.amax, range.amax].map { DecimalNumber($0).python }
    }
    #expect(lines.map { $0.components(separatedBy: "\t") } == expected)
    for (name, _) in files {
      let ours = try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)"))
      #expect(try Data(contentsOf: URL(filePath: "\(folder.path)/again/\(name)")) == ours, "\(name)")
    }
  }

  @Test func `tables made by onnxruntime come back byte for byte and say the same`() throws {
    guard let root = SharedData.root(having: "caches") else { return }
    func bytes(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: URL(filePath: "\(root)/caches/ort_resnetv24.calibration.\(name)")))
    }
    var documents: [CacheDocument] = []
    for (name, format) in [
      ("cache", OnnxruntimeCache.self as any CacheFormat.Type), ("flatbuffers", OnnxruntimeFlatbuffers.self),
      ("json", OnnxruntimePairsJSON.self),
    ] {
      let content = try bytes(name)
      let (document, found) = try CacheFormats.read(content, place: name)
      #expect(found.name == format.name)
      #expect(document.irregularities.isEmpty && document.entries.count == 175)
      #expect(try format.write(document) == content, "\(name)")
      documents.append(document)
    }
    #expect(documents[0].entries == documents[1].entries)
    let scales = documents.map { Dictionary($0.entries.map { ($0.name, $0.scaleBits) }) { first, _ in first } }
    #expect(scales[0] == scales[2])
    #expect(scales[0]["data"] == (Float(2.64) / 127).bitPattern)
    // Without the order of the list, the JSON says all that the text does.
    documents[2].entries.sort { $0.name < $1.name }
    #expect(try OnnxruntimeCache.write(documents[2]) == bytes("cache"))
    #expect(try OnnxruntimeFlatbuffers.write(documents[2]) == bytes("flatbuffers"))
  }

  @Test func `a magnitude is written where onnxruntime writes the upper bound`() throws {
    let document = CacheDocument(entries: [CacheEntry(name: "x", range: CacheRange(lower: -50, upper: 3.93))])
    #expect(String(decoding: try OnnxruntimeCache.write(document), as: UTF8.self) == "x 50.0\n")
  }

  @Test func `what else a file holds is listed`() throws {
    let text = """
      {"CLS": "TensorsData", "data": {"x": {"lowest": {"data": [-1.0, -2.0], "dtype": "float16", "CLS": "numpy.array"},
      "highest": {"data": [3.0, 1.0], "dtype": "float32", "CLS": "numpy.array"}, "bins": 128, "CLS": "TensorData"}},
      "calibration_method": {"CLS": "CalibrationMethod", "value": "CalibrationMethod.Percentile"}, "smooth_quant": true}
      """
    let (document, format) = try CacheFormats.read(Array(text.utf8), place: "test")
    #expect(format.name == OnnxruntimeTensorsData.name)
    #expect(document.entries == [CacheEntry(name: "x", range: CacheRange(lower: -2, upper: 3))])
    #expect(
      document.irregularities.map(\.description) == [
        "line 1: the type float16 of tensor 'x': float32 is written",
        "line 1: bounds of 2 channels of tensor 'x': their hull is kept",
        "line 1: bins of tensor 'x': only bounds are kept",
      ])
    #expect(
      String(decoding: try format.write(document), as: UTF8.self)
        == #"{"CLS": "TensorsData", "data": {"x": {"lowest": {"data": [-2.0], "dtype": "float32", "CLS": "numpy.array"}"#
        + #", "highest": {"data": [3.0], "dtype": "float32", "CLS": "numpy.array"}, "CLS": "TensorData"}}, "#
        + #""calibration_method": {"CLS": "CalibrationMethod", "value": "CalibrationMethod.Percentile"}, "#
        + #""smooth_quant": true}"#)
  }
}
