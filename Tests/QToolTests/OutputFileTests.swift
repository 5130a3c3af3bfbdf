import Foundation
import Glibc
import TestSupport
import Testing

/// Places that cannot be written to: exit code 73 and nothing left behind.
@Suite struct OutputFileTests {
  private let run = ["in/net.onnx", "--data", "in/samples.npy", "-o"]

  @Test func `a folder that is not there is no place for a cache`() throws {
    let workplace = try Workplace()
    let result = try workplace.calibrate(run + ["out/none/net.cache"]).run()
    expectRefusal(result, code: 73, naming: ["out/none/net.cache", "folder"], "no folder")
    #expect(workplace.written.isEmpty)
  }

  @Test func `a folder is not overwritten`() throws {
    let workplace = try Workplace()
    let result = try workplace.calibrate(run + ["out"]).run()
    expectRefusal(result, code: 73, naming: ["out", "a folder"], "a folder")
    #expect(workplace.written.isEmpty)
  }

  @Test func `a full disk leaves no partial file`() throws {
    let workplace = try Workplace()
    var command = workplace.calibrate(run + ["out/net.cache"])
    // The limit counts blocks of 512 bytes in some shells, of 1,024 in others; the record is longer than either.
    command.arguments = ["-c", "ulimit -f 1; exec \"$@\"", "sh", command.program] + command.arguments
    command.program = "/bin/sh"
    let result = try command.run()
    expectRefusal(result, code: 73, naming: ["out/net.cache", "room"], "a full disk")
    #expect(workplace.written.isEmpty)
  }

  @Test func `what stood there before outlives a failed run`() throws {
    let workplace = try Workplace()
    try workplace.folder.write("old\n", to: "out/net.cache")
    try workplace.write(samples: 3, to: "in/samples.npy") { $0[7] = .nan }
    let result = try workplace.calibrate(run + ["out/net.cache"]).run()
    #expect(result.code == 65)
    #expect(try text(of: workplace.path("out/net.cache")) == "old\n")
    #expect(workplace.written == ["out/net.cache"])
  }

  @Test func `a cache is replaced by the next run's`() throws {
    let workplace = try Workplace()
    try workplace.folder.write("old\n", to: "out/net.cache")
    let result = try workplace.calibrate(run + ["out/net.cache"]).run()
    #expect(result.code == 0, "\(result.errors)")
    #expect(try text(of: workplace.path("out/net.cache")).hasPrefix("TRT-"))
    #expect(workplace.written == ["out/net.cache", "out/net.cache.json"])
  }

  @Test(arguments: [
    ["calibrate", "in/net.onnx", "--data", "in/samples.npy", "-o", "in/net.onnx"],
    ["calibrate", "in/net.onnx", "--data", "in/samples.npy", "-o", "in/../in/samples.npy"],
    ["calibrate", "--recipe", "in/recipe.yaml", "-o", "out/net.cache", "--report", "in/recipe.yaml"],
    ["calibrate", "in/net.onnx", "--data", "in/samples.npy", "-o", "out/net.cache", "--report", "out/net.cache"],
    ["compare", "in/net.onnx", "--data", "in/samples.npy", "--precisions", "fp16", "--report", "in/link.onnx"],
    [
      "compare", "in/net.onnx", "--data", "in/samples.npy", "--precisions", "fp16", "--report", "out/a",
      "--json-report", "out/../out/a",
    ],
    ["fp16-audit", "in/net.onnx", "--data", "in/samples.npy", "--plan", "in/net.onnx"],
    ["cache", "convert", "in/a.cache", "-o", "in/net.onnx", "--names-from", "in/a.cache", "--model", "in/net.onnx"],
    ["export", "in/net.onnx", "--format", "fp16", "-o", "in/link.onnx"],
  ]) func `nothing is written over what is read, nor two outputs into one file`(arguments: [String]) throws {
    let workplace = try Workplace()
    try workplace.folder.write("model: net.onnx\ndata: samples.npy\n", to: "in/recipe.yaml")
    try workplace.folder.write("TRT-8601-EntropyCalibration2\nx: 3c010a14\n", to: "in/a.cache")
    try FileManager.default.createSymbolicLink(
      atPath: workplace.path("in/link.onnx"), withDestinationPath: workplace.path("in/net.onnx"))
    func contents() throws -> [Data] {
      try ["net.onnx", "samples.npy", "recipe.yaml"].map {
        try Data(contentsOf: URL(filePath: workplace.path("in/\($0)")))
      }
    }
    let before = try contents()
    let result = try Command(Checkout.program, arguments, in: workplace.folder.path).run()
    expectRefusal(result, code: 64, naming: ["choose another name"], arguments.joined(separator: " "))
    #expect(try contents() == before)
    #expect(workplace.written.isEmpty)
  }

  // MARK: As an ordinary user

  /// The command as a user who owns nothing and is in no group. Root may write anywhere.
  private func ordinary(_ command: Command, in workplace: Workplace) throws -> Command {
    guard getuid() == 0 else { return command }
    // The checkout may lie where only root may look.
    let copy = workplace.path("qtool")
    // Copied by another process: a program that this one has open for writing, any child that other tests start in the same
    // moment has open, too, and the system refuses to run it ("Text file busy").
    var result = command
    result.program = "/bin/cp"
    result.arguments = [Checkout.program, copy]
    try #require(result.run().code == 0)
    result.program = "/usr/bin/setpriv"
    result.arguments = ["--reuid=65534", "--regid=65534", "--clear-groups", copy] + command.arguments
    return result
  }

  private func chmod(_ mode: Int, _ path: String) throws {
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  @Test func `a folder without permission to write is refused`() throws {
    let workplace = try Workplace()
    try chmod(0o555, workplace.path("out"))
    defer { try? chmod(0o755, workplace.path("out")) }
    let result = try ordinary(workplace.calibrate(run + ["out/net.cache"]), in: workplace).run()
    expectRefusal(result, code: 73, naming: ["out/net.cache", "permission"], "a protected folder")
    #expect(workplace.written.isEmpty)
  }

  @Test func `a protected cache stays as it is`() throws {
    let workplace = try Workplace()
    try chmod(0o777, workplace.path("out"))
    try workplace.folder.write("old\n", to: "out/net.cache")
    try chmod(0o444, workplace.path("out/net.cache"))
    let result = try ordinary(workplace.calibrate(run + ["out/net.cache"]), in: workplace).run()
    expectRefusal(result, code: 73, naming: ["out/net.cache", "permission"], "a protected file")
    #expect(try text(of: workplace.path("out/net.cache")) == "old\n")
    #expect(workplace.written == ["out/net.cache"])
  }

  @Test(arguments: ["in/net.onnx", "in/samples.npy"])
  func `a file without permission to read is refused`(file: String) throws {
    let workplace = try Workplace()
    try chmod(0o777, workplace.path("out"))
    try chmod(0, workplace.path(file))
    let result = try ordinary(workplace.calibrate(run + ["out/net.cache"]), in: workplace).run()
    #expect(result.code == 66)
    #expect(result.errorLines.count == 1)
    #expect(result.errors.contains(file) && result.errors.contains("permissions"), "\(result.errors)")
    expectPlainWords(result, file)
    #expect(workplace.written.isEmpty)
  }

  @Test func `an ordinary user may calibrate`() throws {
    let workplace = try Workplace()
    try chmod(0o777, workplace.path("out"))
    let result = try ordinary(workplace.calibrate(run + ["out/net.cache"]), in: workplace).run()
    #expect(result.code == 0, "\(result.errors)")
    #expect(workplace.written == ["out/net.cache", "out/net.cache.json"])
  }
}
