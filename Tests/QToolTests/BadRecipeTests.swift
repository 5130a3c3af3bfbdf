import TestSupport
import Testing

/// Recipes that cannot be used.
@Suite struct BadRecipeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let what: String
    let text: String
    var code: Int32 = 65
    var names: [String] = []
    var testDescription: String { what }
  }

  static let cases = [
    Case(what: "an unknown field", text: "modle: net.onnx\n", names: ["'modle'"]),
    Case(what: "an unknown field of the preprocessing", text: "preprocessing:\n  sizes: 3\n", names: ["sizes"]),
    Case(what: "text for a number", text: "samples: many\n", names: ["'samples'", "a whole number"]),
    Case(what: "a fraction for a whole number", text: "samples: 1.5\n", names: ["'samples'", "a whole number"]),
    Case(what: "a negative number of samples", text: "samples: -1\n", names: ["'samples'"]),
    Case(what: "no samples", text: "samples: 0\n", names: ["'samples'"]),
    Case(what: "a negative seed", text: "seed: -4\n", names: ["'seed'"]),
    Case(what: "a list for text", text: "model: [a, b]\n", names: ["'model'"]),
    Case(what: "text for a list", text: "exclude: conv\n", names: ["'exclude'"]),
    Case(what: "a raw shape with text", text: "raw_shape: [1, x]\n", names: ["'raw_shape"]),
    Case(what: "a raw shape with a zero", text: "raw_shape: [1, 0]\n", names: ["'raw_shape'"]),
    Case(
      what: "an unknown filter", text: "preprocessing: { resize: { shorter: 9, filter: fog } }\n", names: ["filter"]),
    Case(what: "a deviation of 0", text: "preprocessing: { std: 0 }\n", names: ["std"]),
    Case(what: "a list", text: "- one\n- two\n"),
    Case(what: "a word", text: "hello\n"),
    Case(what: "an empty file", text: ""),
    Case(what: "no YAML", text: "model: [unclosed\n  - {\n"),
    Case(what: "a field twice", text: "samples: 1\nsamples: 2\n", names: ["samples"]),
    Case(
      what: "an unknown root", text: "model: ${data_root}/a.onnx\n", code: 64, names: ["${data_root}", "--data-root"]),
    Case(what: "an unknown method", text: "method: guess\n", code: 64, names: ["'guess'", "entropy"]),
  ]

  @Test(arguments: cases)
  func `a recipe that cannot be used is refused`(bad: Case) throws {
    let workplace = try Workplace()
    try workplace.folder.write(bad.text, to: "in/bad.yaml")
    let result = try workplace.calibrate([
      "in/net.onnx", "--data", "in/samples.npy", "--recipe", "in/bad.yaml", "-o", "out/net.cache",
    ]).run()
    let place = bad.what == "an unknown method" ? [] : ["in/bad.yaml"]
    expectRefusal(result, code: bad.code, naming: place + bad.names, bad.what)
    #expect(workplace.written.isEmpty)
  }

  @Test func `a recipe that is not there is missing`() throws {
    let workplace = try Workplace()
    let result = try workplace.calibrate(["--recipe", "in/none.yaml", "-o", "out/net.cache"]).run()
    expectRefusal(result, code: 66, naming: ["in/none.yaml"], "no recipe")
  }

  @Test func `paths in a recipe count from its folder, and flags override it`() throws {
    let workplace = try Workplace()
    try workplace.folder.write(
      "model: ../in/net.onnx\ndata: gone.npy\nmethod: percentile\nsamples: 2\n", to: "in/good.yaml")
    let result = try workplace.calibrate([
      "--recipe", "in/good.yaml", "--data", "in/samples.npy", "--method", "max", "--samples", "3", "-o",
      "out/net.cache",
    ]).run()
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output.contains("network  in/net.onnx\n"))
    #expect(result.output.contains("samples  3 of in/samples.npy\n"))
    #expect(result.output.contains("method   max\n"))
  }
}
