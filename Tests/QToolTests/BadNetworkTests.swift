import Foundation
import ONNX
import TestSupport
import Testing

/// Files that are no network, or not one that can be run.
@Suite struct BadNetworkTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let what: String
    var code: Int32 = 65
    var names: [String] = []
    /// Makes the file `in/bad.onnx`.
    let make: @Sendable (Workplace) throws -> Void
    var testDescription: String { what }
  }

  static let cases: [Case] = [
    Case(what: "a text") { try $0.folder.write("these are words, not a network\n", to: "in/bad.onnx") },
    Case(what: "an empty file") { try $0.folder.write("", to: "in/bad.onnx") },
    Case(what: "random bytes") {
      var random = RandomNumbers(seed: 3)
      try $0.folder.write((0..<5000).map { _ in UInt8.random(in: 0...255, using: &random) }, to: "in/bad.onnx")
    },
    Case(what: "a truncated network") {
      let whole = try ONNXWriter.bytes(of: Workplace.network())
      try $0.folder.write(whole.prefix(whole.count / 2), to: "in/bad.onnx")
    },
    Case(what: "a network short of its last byte") {
      try $0.folder.write(try ONNXWriter.bytes(of: Workplace.network()).dropLast(), to: "in/bad.onnx")
    },
    Case(what: "a folder", code: 66) {
      try FileManager.default.createDirectory(atPath: $0.path("in/bad.onnx"), withIntermediateDirectories: true)
    },
    Case(what: "no file at all", code: 66) { _ in },
    Case(what: "an unknown operator", names: ["'last'", "Frobnicate"]) {
      try ONNXWriter.write(Workplace.network(opType: "Frobnicate"), to: $0.path("in/bad.onnx"))
    },
    Case(what: "a misspelt operator", names: ["'last'", "did you mean 'Relu'?"]) {
      try ONNXWriter.write(Workplace.network(opType: "Relo"), to: $0.path("in/bad.onnx"))
    },
    Case(what: "a value that nothing makes", names: ["'ghost'"]) {
      var model = Workplace.network()
      model.graph.nodes[1].inputs = ["ghost"]
      try ONNXWriter.write(model, to: $0.path("in/bad.onnx"))
    },
    Case(what: "an attribute of the wrong kind", names: ["'conv0'", "'pads'"]) {
      var model = Workplace.network()
      model.graph.nodes[0].attributes["pads"] = .string(Array("wide".utf8))
      try ONNXWriter.write(model, to: $0.path("in/bad.onnx"))
    },
  ]

  @Test(arguments: cases)
  func `a network that cannot be used is refused`(bad: Case) throws {
    let workplace = try Workplace()
    try bad.make(workplace)
    let result = try workplace.calibrate(["in/bad.onnx", "--data", "in/samples.npy", "-o", "out/net.cache"]).run()
    expectRefusal(result, code: bad.code, naming: ["in/bad.onnx"] + bad.names, bad.what)
    #expect(workplace.written.isEmpty)
  }
}
