import TestSupport
import Testing

/// Flags that cannot be used: exit code 64.
@Suite struct BadFlagTests {
  /// Values that our own checks refuse, in one line that names the flag.
  @Test(arguments: [
    ["--method", "guess"], ["--method", "percentile", "--percentile", "0"],
    ["--method", "percentile", "--percentile", "101"], ["--method", "percentile", "--percentile", "nan"],
    ["--kl-zero", "sometimes"], ["--resize", "bigger"], ["--resize", "shorter:0"], ["--resize", "exact:3x4x5"],
    ["--filter", "magic"], ["--crop", "0"], ["--crop", "99999999999999999999"], ["--channels", "cmyk"],
    ["--layout", "nope"], ["--divide", "0"], ["--divide", "x"], ["--mean", "1,two"], ["--mean", "1,2"],
    ["--std", "0"], ["--std", "nan"], ["--raw-shape", "1xax3"], ["--exclude", "["],
  ])
  func `a value that makes no sense is refused`(flags: [String]) throws {
    let workplace = try Workplace()
    let result = try workplace.calibrate(
      ["in/net.onnx", "--data", "in/samples.npy", "-o", "out/net.cache"] + flags
    ).run()
    expectRefusal(result, code: 64, naming: [], flags.joined(separator: " "))
    #expect(workplace.written.isEmpty)
  }

  /// What the parser of the command line refuses: the first line says why, the usage follows.
  @Test(arguments: [
    ["--threads", "0"], ["--threads", "-1"], ["--threads", "two"], ["--samples", "0"], ["--samples", "1.5"],
    ["--seed", "-1"], ["--on-bad-sample", "cry"], ["--percentile", "most"], ["--frobnicate"],
    ["--model", "other.onnx"],
    ["--data"],
  ])
  func `a flag that cannot be read is refused`(flags: [String]) throws {
    let workplace = try Workplace()
    let result = try workplace.calibrate(
      ["in/net.onnx", "--data", "in/samples.npy", "-o", "out/net.cache"] + flags
    ).run()
    #expect(result.code == 64, "\(result.errors)")
    #expect(result.output.isEmpty)
    let first = try #require(result.errorLines.first)
    #expect(first.contains(flags[0]), "\(first)")
    expectPlainWords(result, flags.joined(separator: " "))
    #expect(workplace.written.isEmpty)
  }

  @Test func `a network and samples are asked for`() throws {
    let workplace = try Workplace()
    expectRefusal(try workplace.calibrate([]).run(), code: 64, naming: ["network", "--recipe"], "nothing given")
    let result = try workplace.calibrate(["in/net.onnx"]).run()
    expectRefusal(result, code: 64, naming: ["--data"], "no data given")
  }
}
