import Foundation
import TestSupport
import Testing

/// `qtool cache show | lint | diff | convert`.
@Suite struct CacheCommandTests {
  private static let cache = """
    TRT-8601-EntropyCalibration2
    x: 3c010a14
    features: 3d800000
    (Unnamed Layer* 2) [Shuffle]_output: 3d800000
    y: 3d400000

    """

  private let workplace: Workplace

  init() throws {
    workplace = try Workplace()
    try workplace.folder.write(Self.cache, to: "in/a.cache")
    try workplace.folder.write(
      "TRT-8601-EntropyCalibration2\ny: 3dc00000\nfeatures: 3d800000\nx: 3c010a15\nextra: 0\n", to: "in/b.cache")
  }

  private func run(_ arguments: String...) throws -> Command.Result {
    try Command(Checkout.program, ["cache"] + arguments, in: workplace.folder.path).run()
  }

  @Test func `show lists every tensor in columns`() throws {
    let result = try run("show", "in/a.cache")
    #expect(result.code == 0 && result.errors.isEmpty)
    #expect(
      result.output == """
        in/a.cache: tensorrt, 4 tensors, TRT-8601-EntropyCalibration2

        tensor                                    scale      bits     amax
        x                                    0.00787594  3c010a14  1.00024
        features                                 0.0625  3d800000   7.9375
        (Unnamed Layer* 2) [Shuffle]_output      0.0625  3d800000   7.9375
        y                                      0.046875  3d400000  5.95312

        """)
    let sorted = try run("show", "in/a.cache", "--sort", "scale", "--filter", "^[xy]$")
    #expect(sorted.output.split(separator: "\n").suffix(2).map { $0.first } == ["y", "x"])
  }

  @Test func `show's JSON keeps what numbers cannot say`() throws {
    struct Listing: Decodable {
      struct Tensor: Decodable {
        let name: String
        let scale: Float?
        let scale_bits: String
      }
      let format: String
      let header: String
      let tensors: [Tensor]
    }
    try workplace.folder.write("1\ninf: 7f800000\nnan: 7fc00000\nzero: 0\n", to: "in/odd.cache")
    let result = try run("show", "in/odd.cache", "--json")
    let listing = try JSONDecoder().decode(Listing.self, from: Data(result.output.utf8))
    #expect(listing.format == "tensorrt" && listing.header == "1")
    #expect(listing.tensors.map(\.scale_bits) == ["7f800000", "7fc00000", "0"])
    #expect(listing.tensors.map(\.scale) == [nil, nil, 0])
  }

  @Test func `lint exits with 1 only where it is asked to`() throws {
    let sound = try run("lint", "in/a.cache", "--fail-on", "warning")
    #expect(sound.code == 0 && sound.output.hasSuffix("0 errors, 0 warnings, 1 info\n"), "\(sound.output)")
    #expect(try run("lint", "in/a.cache", "--fail-on", "info").code == 1)
    let warned = try run("lint", "in/b.cache")
    #expect(warned.code == 0 && warned.output.contains("warning  'extra': expected a positive scale, found 0"))
    #expect(try run("lint", "in/b.cache", "--fail-on", "warning").code == 1)
    #expect(try run("lint", "in/b.cache", "--fail-on", "error").code == 0)
    #expect(try run("lint", "in/b.cache", "--fail-on", "never").code == 64)
  }

  @Test func `lint compares with the network`() throws {
    let result = try run("lint", "in/b.cache", "--model", "in/net.onnx", "--verbose")
    #expect(
      result.output.contains("warning  'extra': expected a tensor of the network, found none"), "\(result.output)")
    // Relu chooses among the values of its source.
    #expect(result.output.contains("warning  'y': expected a scale no larger than its source's"), "\(result.output)")
    #expect(try run("lint", "in/b.cache", "--model", "in/none.onnx").code == 66)
    #expect(try run("lint", "in/b.cache", "--model", "in/a.cache").code == 65)
  }

  @Test func `diff ranks by ratio and fails where asked to`() throws {
    let result = try run("diff", "in/a.cache", "in/b.cache")
    #expect(result.code == 0)
    #expect(
      result.output == """
        left   in/a.cache: tensorrt, 4 tensors, TRT-8601-EntropyCalibration2
        right  in/b.cache: tensorrt, 4 tensors, TRT-8601-EntropyCalibration2
        3 tensors in both: 1 equal, 1 differ by more than 1 %, 1 by more than 10 %, 0 by more than a factor of 2
        median ratio, right over left: 1

        tensor        left       right  ratio
        y         0.046875     0.09375      2
        x       0.00787594  0.00787594      1

        only in the left one, 1 tensor
          (Unnamed Layer* 2) [Shuffle]_output

        only in the right one, 1 tensor
          extra

        """)
    #expect(try run("diff", "in/a.cache", "in/b.cache", "--max-ratio", "10").code == 1)
    #expect(try run("diff", "in/a.cache", "in/a.cache", "--max-ratio", "1").code == 0)
    #expect(try run("diff", "in/a.cache", "in/b.cache", "--max-ratio", "0.5").code == 64)
    #expect(try run("diff", "in/a.cache", "in/b.cache", "--json").output.contains("\"only_right\" : [\n    \"extra\""))
  }

  @Test func `convert keeps the format, and every byte of a regular file`() throws {
    let result = try run("convert", "in/a.cache", "-o", "out/a.cache")
    #expect(result.code == 0 && result.errors.isEmpty && result.output == "out/a.cache: tensorrt, 4 tensors\n")
    #expect(try text(of: workplace.path("out/a.cache")) == Self.cache)
  }

  @Test func `convert goes through other formats and back`() throws {
    for format in [
      "tensorrt-ranges", "onnxruntime-cache", "onnxruntime-flatbuffers", "onnxruntime-json", "onnxruntime-json-1.19",
      "onnxruntime-quantize", "ppq", "aimet-0.6.1", "aimet-1.0.0", "aimet-2.0.0",
    ] {
      let there = try run("convert", "in/a.cache", "-o", "out/other", "--format", format)
      #expect(there.code == 0, "\(format): \(there.errors)")
      let header = "header left out: 'TRT-8601-EntropyCalibration2'"
      #expect(there.errorLines == ["warning: " + header], "\(format)")
      let back = try run("convert", "out/other", "-o", "out/back", "--format", "tensorrt", "--trt-version", "8.6.1")
      #expect(back.code == 0, "\(format): \(back.errors)")
      #expect(try text(of: workplace.path("out/back")) == Self.cache, "\(format)")
    }
  }

  @Test func `convert says for which builder a header is`() throws {
    _ = try run("convert", "in/a.cache", "-o", "out/a.json", "--format", "ppq")
    let assumed = try run("convert", "out/a.json", "-o", "out/b.cache", "--format", "tensorrt")
    #expect(assumed.errorLines.count == 1 && assumed.errors.contains("the cache is for TensorRT 8.6.1"))
    let result = try run(
      "convert", "in/a.cache", "-o", "out/c.cache", "--trt-version", "10.9.0", "--calibrator", "MinMaxCalibration")
    #expect(result.code == 0)
    #expect(try text(of: workplace.path("out/c.cache")).hasPrefix("TRT-100900-MinMaxCalibration\nx: 3c010a14\n"))
  }

  @Test func `convert keeps names and order of an older cache`() throws {
    let result = try run("convert", "in/b.cache", "-o", "out/named.cache", "--names-from", "in/a.cache")
    #expect(result.code == 0)
    #expect(
      try text(of: workplace.path("out/named.cache")) == """
        TRT-8601-EntropyCalibration2
        x: 3c010a15
        features: 3d800000
        (Unnamed Layer* 2) [Shuffle]_output: 3d800000
        y: 3dc00000

        """)
    #expect(
      result.errorLines == [
        "warning: 1 tensors have a scale but no name in in/a.cache and are left out; the first: 'extra'"
      ])
    #expect(result.output.contains("names: 3 as they were, 0 renamed, 1 from the tensor whose values they hold"))
  }

  @Test func `calibrate keeps names and order of an older cache`() throws {
    try workplace.folder.write(
      "TRT-100900-EntropyCalibration2\ny: 3d400000\nforeign: 3c010a14\nx: 3d800000\n", to: "in/old.cache")
    let result = try workplace.calibrate(
      ["in/net.onnx", "--data", "in/samples.npy", "--names-from", "in/old.cache", "-o", "out/net.cache"]
    ).run()
    #expect(result.code == 0, "\(result.errors)")
    let lines = try text(of: workplace.path("out/net.cache")).split(separator: "\n")
    #expect(lines.map { $0.prefix { $0 != ":" } } == ["TRT-100900-EntropyCalibration2", "y", "foreign", "x"])
    #expect(lines[2] == "foreign: 3c010a14" && lines[3] != "x: 3d800000")
    #expect(result.errors.contains("warning: 'foreign': no new scale found; it keeps that of in/old.cache"))
    #expect(try text(of: workplace.path("out/net.cache.json")).contains("\"names_from\""))
    let diff = try run("diff", "out/net.cache", "out/net.cache.json")
    #expect(diff.code == 0 && diff.output.contains("2 tensors in both: 2 equal"), "\(diff.output)")
  }

  @Test func `every refusal is one line that says what to do`() throws {
    try workplace.folder.write("{\"version\": \"2.0.0\", \"encodings\": [1]}", to: "in/broken.json")
    try workplace.folder.write("TRT-8601-MinMaxCalibration\nx\n", to: "in/broken.cache")
    try workplace.folder.write([UInt8](repeating: 0xff, count: 64), to: "in/noise")
    try workplace.folder.write("x: 1\n", to: "out/kept")
    for (arguments, code, name) in [
      (["show", "in/none"], 66, "in/none"), (["show", "in/noise"], 65, "in/noise"), (["show", "in"], 66, "in"),
      (["show", "in/broken.cache"], 65, "line 2"), (["lint", "in/broken.json"], 65, "encodings[0]"),
      (["show", "in/a.cache", "--from", "coreml"], 64, "coreml"),
      (["show", "in/a.cache", "--from", "ppq"], 65, "in/a.cache"),
      (["convert", "in/a.cache", "-o", "out/kept", "--format", "coreml"], 64, "coreml"),
      (["convert", "in/a.cache", "-o", "out/kept", "--format", "record"], 64, "record"),
      (["convert", "in/a.cache", "-o", "out/kept", "--format", "ncnn"], 65, "(Unnamed Layer* 2)"),
      (["convert", "in/a.cache", "-o", "out/kept", "--format", "ppq", "--trt-version", "8.6.1"], 64, "--trt-version"),
      (["convert", "in/a.cache", "-o", "out/kept", "--calibrator", "Best"], 64, "Best"),
      (["convert", "in/a.cache", "-o", "out/none/x"], 73, "out/none/x"),
      (["convert", "in/a.cache", "-o", "out/kept", "--names-from", "in/none"], 66, "in/none"),
    ] as [([String], Int32, String)] {
      let result = try Command(Checkout.program, ["cache"] + arguments, in: workplace.folder.path).run()
      expectRefusal(result, code: code, naming: [name], arguments.joined(separator: " "))
    }
    #expect(try text(of: workplace.path("out/kept")) == "x: 1\n")
    #expect(workplace.written == ["out/kept"])
  }

  @Test(arguments: ["show", "lint", "diff", "convert"]) func `help shows examples`(command: String) throws {
    let result = try run(command, "--help")
    #expect(result.code == 0 && result.output.contains("qtool cache \(command)") && result.output.contains("Examples:"))
  }
}
