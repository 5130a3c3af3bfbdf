import CalibrationCache
import Foundation
import TestSupport
import Testing

@Suite struct LintTests {
  private func cache(_ lines: String, header: String = "TRT-8601-EntropyCalibration2") throws -> CacheDocument {
    try TensorRTCache.read(Array((header + "\n" + lines + "\n").utf8), place: "test")
  }

  private func check(
    _ document: CacheDocument, _ model: [ModelTensor]? = nil, format: any CacheFormat.Type = TensorRTCache.self
  ) -> [LintFinding] { CacheLint.check(LintSubject(document, format: format, model: model)) }

  /// The severities of one rule's findings.
  private func severities(_ findings: [LintFinding], _ rule: any LintRule.Type) -> [LintFinding.Severity] {
    findings.filter { $0.rule == rule.name }.map(\.severity)
  }

  @Test func `a sound cache has nothing but its method to tell`() throws {
    let findings = check(try cache("data: 3caa4c2b\nconv1: 3d88edfc\nprob: 3c010a14"))
    #expect(findings.map(\.rule) == ["method"])
    #expect(findings[0].severity == .info && findings[0].tensors == ["prob"])
  }

  @Test(arguments: [
    ("sigmoid: 3f800000", true), ("Softmax_1: 3f801000", true), ("sigmoid: 3c010204", false), ("prob: 3e800000", false),
    ("data: 40077b5c\nx: 3d800000", false), ("data: 4028f5c3\nx: 3d800000", true),
    ("data: 437f0000\nx: 3d800000", true),
    ("sigmoid: 3882081c", true),
  ])
  func `magnitudes in place of scales are found`(lines: String, isFound: Bool) throws {
    #expect(severities(check(try cache(lines)), UnitRule.self) == (isFound ? [.error] : []))
  }

  @Test func `a cache of large scales is suspected`() throws {
    let lines = (0..<10).map { "t\($0): 40\($0)00000" }.joined(separator: "\n")
    #expect(severities(check(try cache(lines)), UnitRule.self) == [.warning])
    // Formats of magnitudes have nobody forget the division.
    #expect(severities(check(try cache(lines), format: TensorRTRanges.self), UnitRule.self).isEmpty)
  }

  @Test func `impossible scales are found, each kind once`() throws {
    let findings = check(try cache("a: 0\nb: 0\nc: 7f800000\nd: 7fc00000\ne: bc010a14\nf: 1"))
    #expect(severities(findings, ImpossibleScaleRule.self) == [.error, .error, .error, .warning, .warning])
    #expect(
      findings.filter { $0.rule == "impossible-scale" }.map(\.tensors) == [["d"], ["c"], ["e"], ["a", "b"], ["f"]])
  }

  @Test(arguments: [("3c010a14", false), ("3c010204", false), ("3c010a16", true), ("3c0f5c29", true)])
  func `a bounded function beyond its bound is found`(scale: String, isFound: Bool) throws {
    #expect(severities(check(try cache("sigmoid: " + scale)), BoundRule.self) == (isFound ? [.warning] : []))
    let model = [ModelTensor(name: "x", opType: "Sigmoid"), ModelTensor(name: "sigmoid", opType: "Conv")]
    #expect(severities(check(try cache("x: " + scale), model), BoundRule.self) == (isFound ? [.warning] : []))
    // The operator counts, not the name.
    #expect(severities(check(try cache("sigmoid: " + scale), model), BoundRule.self).isEmpty)
  }

  @Test func `huge ranges are found`() throws {
    let findings = check(try cache("mask: 7b17af5f\nlarge: 44098000\nfits: 4400e000"))
    #expect(findings.filter { $0.rule == "huge-range" }.map(\.tensors) == [["mask"], ["large"]])
  }

  @Test func `repeated names are found`() throws {
    let findings = check(try cache("a: 3c010a14\na: 3c010a14\nb: 3c010a14\nb: 3c010a15"))
    #expect(severities(findings, DuplicateRule.self) == [.error, .warning])
  }

  @Test(arguments: [
    ("TRT-8601-EntropyCalibration2", []), ("TRT-110000-EntropyCalibration2", [LintFinding.Severity.error]),
    ("TRT-8XXX-MinMaxCalibration", [.error]), ("TRT-8601-OwnCalibrator", [.warning]), ("1", [.warning]),
    ("0 3ff0000000000000 3fefffeb074a771d", [.warning]), ("TRT-4001-EntropyCalibration2", [.warning]),
  ])
  func `headers that builders pass over are found`(header: String, severities: [LintFinding.Severity]) throws {
    #expect(self.severities(check(try cache("x: 3c010a14", header: header)), HeaderRule.self) == severities)
  }

  @Test func `readers that stumble are named`() throws {
    let findings = check(try cache("x:0: 3c010a14\ny: 0\na: b: 3c010a14\nz: bc010a14", header: "1"))
      .filter { $0.rule == "readers" }
    #expect(
      findings.map { $0.message.prefix { $0 != ":" } } == [
        "trtexec", "onnxruntime's TensorRT provider", "onnxruntime's TensorRT provider", "ModelOpt", "ModelOpt",
        "onnxruntime's TensorRT provider",
      ])
    #expect(findings.map(\.tensors) == [["z"], [], ["x:0", "a: b"], ["y"], ["a: b"], ["y"]])
    let ranges = CacheDocument(entries: [CacheEntry(name: "x:0", scale: 1)])
    #expect(severities(check(ranges, format: TensorRTRanges.self), ReaderRule.self) == [.warning])
  }

  @Test func `tensors of the network and of the cache are compared`() throws {
    let model = [
      ModelTensor(name: "x", isFloat: true), ModelTensor(name: "y", opType: "Relu", sources: ["x"], isFloat: true),
      ModelTensor(name: "shape", opType: "Shape", sources: ["x"], isFloat: false),
    ]
    let findings = check(try cache("x: 3c010a14\nz: 3c010a14\n(Unnamed Layer* 3) [Shuffle]_output: 3c010a14"), model)
      .filter { $0.rule == "coverage" }
    #expect(findings.map(\.tensors) == [["y"], ["z"], ["(Unnamed Layer* 3) [Shuffle]_output"]])
    #expect(findings.map(\.severity) == [.warning, .warning, .info])
    #expect(severities(check(try cache("a: 3c010a14"), model), CoverageRule.self) == [.error])
  }

  @Test func `tensors that hold the values of others must not differ from them`() throws {
    let model = [
      ModelTensor(name: "x"), ModelTensor(name: "p", opType: "MaxPool", sources: ["x"]),
      ModelTensor(name: "r", opType: "Reshape", sources: ["p"]), ModelTensor(name: "c", opType: "Conv", sources: ["r"]),
    ]
    #expect(
      severities(check(try cache("x: 3d800000\np: 3d800000\nr: 3d800000\nc: 3f000000"), model), TieRule.self).isEmpty)
    let findings = check(try cache("x: 3d800000\np: 3e000000\nr: 3d800000\nc: 3f000000"), model)
      .filter { $0.rule == "ties" }
    #expect(findings.map(\.tensors) == [["r"], ["p"]])
  }

  @Test func `the method and its parameters are read from the scales`() throws {
    func words(_ lines: String, _ header: String) throws -> [String] {
      check(try cache(lines, header: header)).filter { $0.rule == "method" }.map(\.message)
    }
    #expect(
      try words("input: 3c008912\nx: 3d800000", "TRT-8003-EntropyCalibration2") == [
        "entropy over 2048 bins: 'input' ends at (2040 + 0.5)/2048 of 1, as Sigmoid, Softmax and pictures divided by "
          + "255 have"
      ])
    #expect(
      try words("input_0: 3cb1a063\nx: 3d800000", "TRT-8400-MinMaxCalibration") == [
        "the largest magnitude: 1 tensor ends right there, the first 'input_0' at (1 - 0.4465) / 0.201, as pictures "
          + "normalised for CIFAR-10 have"
      ])
    #expect(
      try words("input_0: 3cb1ab7d", "TRT-8003-MinMaxCalibration").first
        == "expected ends at the largest magnitude, as MinMaxCalibration in the header says, found those of entropy")
  }

  @Test func `TensorRT's own caches have no faults but those they have`() throws {
    guard let root = SharedData.root(having: "caches") else { return }
    let files = try FileManager.default.contentsOfDirectory(atPath: root + "/caches").filter { $0.hasPrefix("trt") }
      .sorted()
    var lines: [String] = []
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(root)/caches/\(file)")))
      let (document, format) = try CacheFormats.read(bytes, place: file)
      lines.append("\(file), \(document.entries.count) tensors")
      for finding in CacheLint.check(LintSubject(document, format: format)) {
        lines.append("  \(finding.severity.name) [\(finding.rule)] \(finding.message)")
      }
    }
    #expect(try snapshotDifference(lines.joined(separator: "\n") + "\n", "shared-caches.txt") == nil)
  }

  @Test func `every message is as recorded`() throws {
    let model = [
      ModelTensor(name: "softmax", opType: "Softmax", sources: ["x"], isFloat: true),
      ModelTensor(name: "pool", opType: "MaxPool", sources: ["x"], isFloat: true),
      ModelTensor(name: "flat", opType: "Reshape", sources: ["x"], isFloat: true),
      ModelTensor(name: "x", isFloat: true), ModelTensor(name: "lost", opType: "Conv", sources: ["x"], isFloat: true),
    ]
    let caches = [
      ("TRT-8XXX-EntropyCalibration2\r\nsigmoid: 3f800000\nx:0: 3c010a14\na: b: 0\nnan: 7fc00000\ninf: 7f800000", nil),
      (
        "TRT-110000-OwnCalibrator\nsoftmax: 3c0f5c29\nx: 3c010a14\npool: 3d000000\nflat: 3d000000\n"
          + "mask: 7b17af5f\nbig: 44098000\nmask: 1\nx: 3C010a14\nneg: bc010a14\n",
        model
      ),
      ("1\nx: 4028f5c3\n", nil), ("TRT-4001-MinMaxCalibration\nsigmoid: 3882081c\n\ninput: 3cb1ab7d\n", nil),
      ("0 3ff0000000000000 3fefffeb074a771d\ny: 3c010a14\n", model),
    ]
    var lines: [String] = []
    for (text, model) in caches {
      for finding in check(try TensorRTCache.read(Array(text.utf8), place: "test"), model) {
        lines.append("\(finding.severity.name) [\(finding.rule)] \(finding.message) \(finding.tensors)")
      }
      lines.append("")
    }
    #expect(try snapshotDifference(lines.joined(separator: "\n"), "lint.txt") == nil)
  }
}
