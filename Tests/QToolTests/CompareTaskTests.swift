import CalibrationData
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// What `qtool compare` makes of each kind of label, on a network that shows its input: every figure can be worked out
/// by hand. In FP16 1.0001 is 1, and that is what changes answers.
@Suite struct CompareTaskTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes `y = x · factor`, samples with their labels, and a recipe for a task.
  private func prepare(
    _ task: String, shape: [Int], samples: [[Float]], labels: [String], columns: [(String, [String])] = [],
    recipe: String = "", factor: Float = 1
  ) throws {
    var model = Model(graph: Graph(name: "shown"), opsets: ["": 13])
    let extents = shape.map(Dimension.fixed)
    model.graph.inputs = [ValueInfo(name: "x", elementType: .float32, shape: extents)]
    model.graph.outputs = [ValueInfo(name: "y", elementType: .float32, shape: extents)]
    model.graph.initializers["factor"] = Tensor(scalar: factor)
    model.graph.nodes = [Node(name: "show", opType: "Mul", inputs: ["x", "factor"], outputs: ["y"])]
    try ONNXWriter.write(model, to: "\(folder.path)/net.onnx")
    var table = "file,label" + columns.map { "," + $0.0 }.joined() + "\n"
    for (index, values) in samples.enumerated() {
      try NPYWriter.write(Tensor(values, shape: Shape(shape)), to: "\(folder.path)/\(index).npy")
      table += "\(index).npy,\(labels[index])" + columns.map { "," + $0.1[index] }.joined() + "\n"
    }
    try folder.write(table, to: "samples.csv")
    try folder.write("model: net.onnx\ntest: samples.csv\ntask: \(task)\n\(recipe)\n", to: "recipe.yaml")
  }

  private func run(_ arguments: [String] = []) throws -> Command.Result {
    try Command(
      Checkout.program, ["compare", "--recipe", "recipe.yaml", "--precisions", "fp16", "--json"] + arguments,
      in: folder.path
    ).run()
  }

  /// The rows of a table by their first cell.
  private func rows(_ id: String, _ arguments: [String] = []) throws -> [String: [String: Any]] {
    let result = try run(arguments)
    #expect(result.code == 0, "\(result.errors)")
    let report = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let sections = report["sections"] as? [[String: Any]] ?? []
    let table = try #require(sections.first { $0["id"] as? String == id }, "\(id)")
    let first = try #require((table["columns"] as? [[String: Any]])?.first?["key"] as? String)
    let rows = table["rows"] as? [[String: Any]] ?? []
    return Dictionary(rows.map { ("\($0[first] ?? "")", $0) }) { first, _ in first }
  }

  private func close(_ value: Any?, _ expected: Double, within tolerance: Double = 1e-6) -> Bool {
    (value as? Double).map { abs($0 - expected) <= tolerance } ?? false
  }

  // MARK: Segmentation

  private func prepareSegmentation(recipe: String = "") throws {
    try prepare(
      "segmentation", shape: [1, 2, 2, 2],
      samples: [[1, 0, 1, 1, 0, 1, 1.0001, 0], [1, 1, 0, 0, 0, 0, 1, 1]], labels: ["masks/a.png", "masks/b.npy"],
      recipe: recipe)
    // The last pixel of the first picture does not count.
    let picture = try #require(PNGWriter.bytes(of: [0, 1, 1, 255], width: 2, height: 2, channels: 1))
    try folder.write(picture, to: "masks/a.png")
    try NPYWriter.write(Tensor([0, 1, 1, 1] as [Int64], shape: [2, 2]), to: "\(folder.path)/masks/b.npy")
  }

  @Test func `segmentation is rated by intersection over union`() throws {
    try prepareSegmentation()
    let found = try rows("precisions")
    // FP32: class 0 is right on 2 of 3 pixels, class 1 on 4 of 5. FP16 gives one pixel of class 1 to class 0.
    #expect(close(found["fp32"]?["miou"], (2.0 / 3 + 4.0 / 5) / 2))
    #expect(close(found["fp16"]?["miou"], (2.0 / 4 + 3.0 / 5) / 2))
    #expect(close(found["fp32"]?["pixelAccuracy"], 6.0 / 7) && close(found["fp16"]?["pixelAccuracy"], 5.0 / 7))
    #expect(close(found["fp16"]?["agreement"], 7.0 / 8))
    #expect(found["fp16"]?["flips"] as? Int == 1)
    let classes = try rows("classes")
    #expect(close(classes["1"]?["fp32"], 0.8) && close(classes["1"]?["fp16"], 0.6))
    #expect(classes["0"]?["samples"] as? Int == 2)
  }

  @Test func `masks of another size go the way of their pictures, or the prediction comes to them`() throws {
    try prepareSegmentation()
    let twice: [UInt8] = [0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 255, 255, 1, 1, 255, 255]
    try folder.write(
      try #require(PNGWriter.bytes(of: twice, width: 4, height: 4, channels: 1)), to: "masks/a.png")
    let found = try rows("precisions")
    // The first picture's pixels count four times now: class 0 has 4 + 1 right of 4 + 2, class 1 8 + 2 of 8 + 3.
    #expect(close(found["fp32"]?["miou"], (5.0 / 6 + 10.0 / 11) / 2))
  }

  @Test func `a mask that is missing or none is refused`() throws {
    try prepareSegmentation()
    try folder.write("no mask", to: "masks/a.png")
    expectRefusal(try run(), code: 65, naming: ["masks/a.png"], "no PNG")
    let colours = try #require(PNGWriter.bytes(of: Array(repeating: 0, count: 12), width: 2, height: 2, channels: 3))
    try folder.write(colours, to: "masks/a.png")
    expectRefusal(try run(), code: 65, naming: ["masks/a.png", "palette"], "colours")
    try FileManager.default.removeItem(atPath: "\(folder.path)/masks/a.png")
    expectRefusal(try run(), code: 66, naming: ["masks/a.png"], "no file")
    try prepareSegmentation(recipe: "segmentation: { layout: wide }")
    expectRefusal(try run(), code: 65, naming: ["segmentation.layout"], "no layout")
  }

  // MARK: Numbers and vectors

  @Test func `regression is rated by distance and by rank`() throws {
    try prepare(
      "regression", shape: [1, 2], samples: [[1.0001, 2], [3, 4], [5, 5.5]], labels: ["1 2", "3 5", "4 6"],
      columns: [("site", ["a", "b", "b"])])
    let found = try rows("precisions")
    #expect(close(found["fp32"]?["mae"], (0.00005 + 0.5 + 0.75) / 3, within: 1e-7))
    #expect(close(found["fp16"]?["mae"], 1.25 / 3, within: 1e-7))
    #expect(close(found["fp32"]?["spearman"], 1) && close(found["fp16"]?["spearman"], 1))
    #expect(found["fp16"]?["flips"] == nil, "numbers do not flip")
    // Lower is better: FP16 gained, and passes even a limit of nothing.
    #expect(try run(["--max-drop", "0%"]).code == 0)
  }

  @Test func `labels of numbers may stand in an array of their own`() throws {
    try prepare("regression", shape: [1, 1], samples: [[1], [2]], labels: ["", ""], recipe: "test_labels: y.npy")
    try NPYWriter.write(Tensor([1.5, 2] as [Float], shape: [2]), to: "\(folder.path)/y.npy")
    #expect(close(try rows("precisions")["fp32"]?["mae"], 0.25))
    try NPYWriter.write(Tensor([1.5] as [Float], shape: [1]), to: "\(folder.path)/y.npy")
    expectRefusal(try run(), code: 65, naming: ["y.npy", "1.npy"], "too few rows")
  }

  @Test(arguments: ["", "one", "1 2", "nan"]) func `a label that is no number is refused`(label: String) throws {
    try prepare("regression", shape: [1, 1], samples: [[1], [2]], labels: ["1", label])
    expectRefusal(try run(), code: 65, naming: [], "'\(label)'")
  }

  @Test func `embeddings are rated by their angle to the label, by pairs, or against FP32`() throws {
    try prepare("embedding", shape: [1, 2], samples: [[1, 0], [0, 2]], labels: ["1 1", "0 1"])
    #expect(close(try rows("precisions")["fp32"]?["labelCosine"], (0.5.squareRoot() + 1) / 2))

    let vectors: [[Float]] = [[1, 0], [1, 0], [1, 0], [0, 1], [1, 0], [1, 1]]
    let pairs = ("pair", ["p", "p", "q", "q", "r", "r"])
    // Angles rank p, r, q; the labels r, p, q: 1 − 6 · (1 + 1) / 24.
    try prepare("embedding", shape: [1, 2], samples: vectors, labels: ["5", "", "0", "", "9", ""], columns: [pairs])
    #expect(close(try rows("precisions")["fp32"]?["spearman"], 0.5))
    try prepare("embedding", shape: [1, 2], samples: vectors, labels: ["5", "", "", "", "9", ""], columns: [pairs])
    expectRefusal(try run(), code: 65, naming: ["pair 'q'"], "no label")

    try prepare("embedding", shape: [1, 2], samples: [[1.0001, 1], [0, 2]], labels: ["", ""])
    let found = try rows("precisions")
    #expect(close(found["fp32"]?["fp32Cosine"], 1, within: 0))
    let cosine = try #require(found["fp16"]?["fp32Cosine"] as? Double)
    #expect(cosine < 1 && cosine > 1 - 1e-8)
  }

  // MARK: Text

  private static let reads = #"text: { characters: "ab" }"#

  @Test func `texts are rated by exact match and by character`() throws {
    // Blank, a, b. In FP16 the first step of the second sample is a tie, and a comes first.
    let first: [Float] = [0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1]
    let second: [Float] = [0, 1, 1.0001, 1, 0, 0, 0, 1, 0, 1, 0, 0]
    try prepare("text", shape: [1, 4, 3], samples: [first, second], labels: ["ab", "ba"], recipe: Self.reads)
    let found = try rows("precisions")
    #expect(close(found["fp32"]?["exact"], 1) && close(found["fp16"]?["exact"], 0.5))
    #expect(close(found["fp32"]?["cer"], 0) && close(found["fp16"]?["cer"], 0.25))
    #expect(found["fp16"]?["lost"] as? Int == 1 && found["fp16"]?["won"] as? Int == 0)
    let changed = try rows("flips-fp16")
    #expect(changed["1.npy"]?["fp32"] as? String == "“ba”" && changed["1.npy"]?["now"] as? String == "“aa”")
  }

  @Test func `an alphabet may be a file, and must fit the network`() throws {
    let steps: [Float] = [0, 1, 0, 0, 0, 1]
    try prepare(
      "text", shape: [1, 2, 3], samples: [steps], labels: ["a "], recipe: "text: { alphabet: a.txt, space: true }")
    try folder.write("a\n", to: "a.txt")
    #expect(close(try rows("precisions")["fp32"]?["exact"], 1))
    try folder.write("a\nb\n", to: "a.txt")
    expectRefusal(try run(), code: 65, naming: ["3 symbols"], "four classes")
    try FileManager.default.removeItem(atPath: "\(folder.path)/a.txt")
    expectRefusal(try run(), code: 66, naming: ["a.txt"], "no file")
    try prepare("text", shape: [1, 2, 3], samples: [steps], labels: ["a"])
    expectRefusal(try run(), code: 64, naming: ["'text'"], "no rule")
  }

  // MARK: The user's own metric

  private func prepareAny() throws {
    try prepare("none", shape: [1, 2], samples: [[1, 2], [3, 4], [5, 6]], labels: ["", "", ""])
  }

  private func shell(_ script: String) -> [String] { ["--metric-command", "sh -c '\(script)' me"] }

  @Test func `a program of the user's gives the first metric`() throws {
    try prepareAny()
    let script = shell(#"test -f "$1/y.npy" && case "$QTOOL_PRECISION" in fp32) echo 3;; *) echo 1;; esac"#)
    let found = try rows("precisions", script)
    #expect(close(found["fp32"]?["metric"], 3) && close(found["fp16"]?["metricDelta"], -2))
    #expect(found["fp16"]?["metricLower"] is NSNull, "one number has no interval")
    #expect(try run(script + ["--max-drop", "1"]).code == 1)
    #expect(try run(script + ["--max-drop", "1", "--metric-goal", "lower"]).code == 0)
    // Two thirds of FP32's.
    #expect(try run(script + ["--max-drop", "60%"]).code == 1)
    #expect(try run(script + ["--max-drop", "70%"]).code == 0)
  }

  @Test func `a number for each sample gives an interval, and the samples are told`() throws {
    try prepareAny()
    let found = try rows("precisions", shell(#"tail -n +2 "$1/samples.csv" | cut -c1"#))
    // The samples are called 0.npy, 1.npy, 2.npy.
    #expect(close(found["fp32"]?["metric"], 1) && close(found["fp16"]?["metricLower"], 0))
    // No shell of ours: what only a shell would understand is a word like any other.
    let plain = try run(["--metric-command", "echo $QTOOL_PRECISION"])
    expectRefusal(plain, code: 65, naming: ["$QTOOL_PRECISION"], "no shell")
  }

  @Test func `outputs are arrays that NumPy reads`() throws {
    try prepareAny()
    let python = ProcessInfo.processInfo.environment["QTOOL_PYTHON"] ?? "\(Checkout.root)/.venv/bin/python"
    guard FileManager.default.isExecutableFile(atPath: python) else {
      print("skipped: no Python with NumPy; `make venv` and set QTOOL_PYTHON to .venv/bin/python")
      return
    }
    try folder.write(
      """
      import sys, numpy
      y = numpy.load(sys.argv[2] + "/y.npy")
      assert y.shape == (3, 2) and y.dtype == numpy.float32 and sys.argv[1] == "two words"
      print(*y.sum(axis=1), sep="\\n")
      """, to: "score.py")
    let found = try rows("precisions", ["--metric-command", "'\(python)' score.py \"two words\" {outputs}"])
    #expect(close(found["fp32"]?["metric"], 7))
  }

  @Test func `a program that fails is named with its reason`() throws {
    try prepareAny()
    for (arguments, code, name) in [
      (["--metric-command", "./nothing-like-it"], Int32(64), "nothing-like-it"),
      (["--metric-command", "sh -c 'unended"], 64, "quote"), (["--metric-command", " "], 64, "program"),
      (shell("echo broken >&2; exit 3"), 65, "broken"), (shell("echo many words"), 65, "many words"),
      (shell("echo 1; echo 2"), 65, "2 numbers"), (shell("true"), 65, "nothing"), (shell("echo nan"), 65, "nan"),
      (["--metric-command", "true", "--metric-goal", "up"], 64, "--metric-goal"),
    ] {
      expectRefusal(try run(arguments), code: code, naming: [name], arguments.joined(separator: " "))
    }
  }

  @Test func `another output may be the one that is read`() throws {
    try prepare("regression", shape: [1, 1], samples: [[1], [2]], labels: ["1", "2"], recipe: "output: y")
    #expect(close(try rows("precisions")["fp32"]?["mae"], 0))
    try prepare("regression", shape: [1, 1], samples: [[1], [2]], labels: ["1", "2"], recipe: "output: z")
    expectRefusal(try run(), code: 64, naming: ["'y'", "'z'"], "no such output")
  }

  // MARK: FP32 itself

  /// The codes of the findings.
  private func findings() throws -> [String] {
    let result = try run()
    let report = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let sections = report["sections"] as? [[String: Any]] ?? []
    let found = sections.first { $0["id"] as? String == "findings" }?["findings"] as? [[String: Any]] ?? []
    return found.compactMap { $0["code"] as? String }
  }

  private func prepareClasses(_ task: String, _ samples: [[Float]], labels: [Int]) throws {
    try prepare(task, shape: [1, 2], samples: samples, labels: labels.map { "\($0)" })
  }

  @Test func `what is wrong with FP32 already is said`() throws {
    let isFirst = (0..<20).map { $0.isMultiple(of: 2) }
    let samples: [[Float]] = isFirst.map { $0 ? [2, 1] : [1, 2] }
    try prepareClasses("classification", samples, labels: isFirst.map { $0 ? 0 : 1 })
    #expect(try findings().isEmpty)
    try prepareClasses("classification", samples, labels: isFirst.map { $0 ? 1 : 0 })
    #expect(try findings() == ["chance"])
    try prepareClasses("classification", [[2, 1], [3, 1]], labels: [0, 0])
    #expect(try findings() == ["one-class"])
    try prepare(
      "classification", shape: [1, 2], samples: [[2, 1], [2, 3e38]], labels: ["0", "1"], factor: 2)
    #expect(try findings().contains("non-finite"))
  }

  @Test func `without labels the reader is told what is taken for right`() throws {
    try prepareClasses("none", [[2, 1], [3, 1]], labels: [0, 0])
    #expect(try findings() == ["no-labels"])
  }

  @Test func `a label that the network has no class for is refused`() throws {
    try prepareClasses("classification", [[2, 1], [3, 1]], labels: [0, 2])
    expectRefusal(try run(), code: 65, naming: ["2"], "label")
  }
}
