import Foundation
import TestSupport
import Testing

/// Samples that are missing, broken or of the wrong kind.
@Suite struct BadDataTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let what: String
    var code: Int32 = 65
    var names: [String] = []
    var data = "in/set"
    /// Makes the data.
    let make: @Sendable (Workplace) throws -> Void
    var testDescription: String { what }
  }

  /// The first bundled picture, 28 pixels on a side.
  private static func picture() throws -> Data {
    let folder = "\(Checkout.root)/Datasets/fashion/calib"
    let first = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).min())
    return try Data(contentsOf: URL(filePath: "\(folder)/\(first)"))
  }

  static let cases: [Case] = [
    Case(what: "no such path", code: 66, names: ["in/set"]) { _ in },
    Case(what: "an empty folder", names: ["in/set"]) {
      try FileManager.default.createDirectory(atPath: $0.path("in/set"), withIntermediateDirectories: true)
    },
    Case(what: "a folder without samples", names: ["in/set"]) { try $0.folder.write("hello", to: "in/set/notes.md") },
    Case(what: "a manifest without samples", names: ["in/set.csv"], data: "in/set.csv") {
      try $0.folder.write("file,label\n", to: "in/set.csv")
    },
    Case(what: "a manifest without a column 'file'", names: ["in/set.csv", "line 1"], data: "in/set.csv") {
      try $0.folder.write("name,label\na.npy,1\n", to: "in/set.csv")
    },
    Case(what: "a manifest with a short line", names: ["in/set.csv", "line 3"], data: "in/set.csv") {
      try $0.folder.write("file,label\na.npy,1\nb.npy\n", to: "in/set.csv")
    },
    Case(what: "a sample that is not there", code: 66, names: ["gone.npy"], data: "in/set.csv") {
      try $0.folder.write("file,label\ngone.npy,1\n", to: "in/set.csv")
    },
    Case(what: "an array of the wrong shape", names: ["set.npy#0", "'x'", "[N, 1, 8, 8]"], data: "in/set.npy") {
      let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 3), }\n"
      let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      try $0.folder.write(bytes + Array(repeating: 0, count: 36), to: "in/set.npy")
    },
    Case(what: "a truncated array", names: ["in/set.npy"], data: "in/set.npy") {
      let whole = try Data(contentsOf: URL(filePath: $0.path("in/samples.npy")))
      try $0.folder.write(whole.dropLast(100), to: "in/set.npy")
    },
    Case(what: "a NaN", names: ["set.npy#1", "'x'", "nan"], data: "in/set.npy") {
      try $0.write(samples: 3, to: "in/set.npy") { $0[64 + 5] = .nan }
    },
    Case(what: "an infinity", names: ["set.npy#2", "'x'", "inf"], data: "in/set.npy") {
      try $0.write(samples: 3, to: "in/set.npy") { $0[2 * 64 + 5] = -.infinity }
    },
    Case(what: "a picture of the wrong size", names: ["a.png", "'x'", "[1, 3, 28, 28]"]) {
      try $0.folder.write(try picture(), to: "in/set/a.png")
    },
    Case(what: "a picture that is none", names: ["b.png"]) {
      try $0.folder.write("not a picture", to: "in/set/b.png")
    },
    Case(what: "a picture that breaks off", names: ["b.png"]) {
      try $0.folder.write(try picture().prefix(60), to: "in/set/b.png")
    },
    Case(what: "an empty picture", names: ["b.jpg"]) { try $0.folder.write("", to: "in/set/b.jpg") },
  ]

  @Test(arguments: cases)
  func `samples that cannot be used are refused`(bad: Case) throws {
    let workplace = try Workplace()
    try bad.make(workplace)
    let result = try workplace.calibrate(["in/net.onnx", "--data", bad.data, "-o", "out/net.cache"]).run()
    expectRefusal(result, code: bad.code, naming: bad.names, bad.what)
    #expect(workplace.written.isEmpty)
  }

  /// Good and bad pictures in turn, for a network that takes pictures of 28 pixels.
  private func mixedSet() throws -> Workplace {
    let workplace = try Workplace()
    for name in ["a.png", "c.png", "e.png"] { try workplace.folder.write(try Self.picture(), to: "in/set/\(name)") }
    for name in ["b.png", "d.png"] { try workplace.folder.write("not a picture", to: "in/set/\(name)") }
    return workplace
  }

  private let bundled = [
    "--recipe", "\(Checkout.root)/Calibration/fashion_resnet.yaml", "--data", "in/set", "-o", "out/net.cache",
  ]

  @Test func `the first bad sample ends a run, whatever the number of threads`() throws {
    for threads in ["1", "2", "3"] {
      let workplace = try mixedSet()
      let result = try workplace.calibrate(bundled + ["--threads", threads]).run()
      expectRefusal(result, code: 65, naming: ["b.png"], "\(threads) threads")
      #expect(workplace.written.isEmpty)
    }
  }

  @Test func `bad samples are skipped, counted and named where asked`() throws {
    let workplace = try mixedSet()
    let result = try workplace.calibrate(bundled + ["--on-bad-sample", "skip"]).run()
    #expect(result.code == 0)
    #expect(result.output.contains("3 of in/set"))
    let warning = try #require(result.errorLines.first { $0.contains("skipped") })
    #expect(warning.contains("2 samples") && warning.contains("b.png"))
    expectPlainWords(result, "skipping")
    let record = try text(of: workplace.path("out/net.cache.json"))
    #expect(record.contains("b.png") && record.contains("d.png"))
    #expect(workplace.written == ["out/net.cache", "out/net.cache.json"])

    // Skipping is as good as never having had them.
    let clean = try Workplace()
    for name in ["a.png", "c.png", "e.png"] { try clean.folder.write(try Self.picture(), to: "in/set/\(name)") }
    #expect(try clean.calibrate(bundled).run().code == 0)
    #expect(try text(of: clean.path("out/net.cache")) == text(of: workplace.path("out/net.cache")))
  }

  @Test func `a set of nothing but bad samples is refused even where they may be skipped`() throws {
    let workplace = try Workplace()
    for name in ["a.png", "b.png"] { try workplace.folder.write("not a picture", to: "in/set/\(name)") }
    let result = try workplace.calibrate(bundled + ["--on-bad-sample", "skip"]).run()
    expectRefusal(result, code: 65, naming: ["in/set", "2 skipped", "a.png"], "only bad samples")
    #expect(workplace.written.isEmpty)
  }
}
