import Foundation
import TestSupport
import Testing

/// `qtool fp16-audit`, as a user calls it.
@Suite struct Fp16AuditTests {
  private static func command(_ arguments: [String], in folder: String) -> Command {
    Command(Checkout.program, ["fp16-audit"] + arguments, in: folder)
  }

  private static let recipe = "\(Checkout.root)/Calibration/fashion_resnet.yaml"

  @Test func `writes every file that it is asked for`() throws {
    let folder = try TemporaryFolder()
    let result = try Self.command(
      [
        "--recipe", Self.recipe, "--samples", "40", "--type", "bf16", "--max-flips", "0", "--min-sqnr", "45",
        "--report",
        "page.html", "--report", "page.json", "--report", "page.md", "--plan", "plan.json", "--node-list", "nodes.txt",
        "--write-named", "named.onnx",
      ], in: folder.path
    ).run()
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output.contains("verdict"))
    let written = folder.entries
    #expect(written == ["named.onnx", "nodes.txt", "page.html", "page.json", "page.md", "plan.json"])
    let page = try text(of: "\(folder.path)/page.html")
    #expect(page.contains("data:image/png;base64,"))
    #expect(page.contains("binary16-title"))
    let plan = try text(of: "\(folder.path)/plan.json")
    #expect(plan.contains("qtool/precision-plan/1"))
    // Each line is a regular expression for one node's name.
    let lines = try text(of: "\(folder.path)/nodes.txt").split(separator: "\n")
    #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("^") && $0.hasSuffix("$") })
  }

  @Test func `--fail-on ends with code 1 and says why`() throws {
    let folder = try TemporaryFolder()
    let result = try Self.command(
      ["--recipe", Self.recipe, "--samples", "8", "--no-cure", "--fail-on", "sqnr<500", "--quiet"], in: folder.path
    ).run()
    #expect(result.code == 1)
    #expect(result.errors.hasPrefix("qtool: --fail-on: sqnr<500: found "))
    #expect(result.output.isEmpty)
  }

  @Test func `--no-pictures leaves the pictures out of the page`() throws {
    let folder = try TemporaryFolder()
    let result = try Self.command(
      ["--recipe", Self.recipe, "--samples", "8", "--no-cure", "--no-pictures", "--report", "page.html"],
      in: folder.path
    ).run()
    #expect(result.code == 0)
    #expect(try !text(of: "\(folder.path)/page.html").contains("data:image"))
  }

  @Test func `the result does not depend on the number of threads`() throws {
    let folder = try TemporaryFolder()
    let outputs = try ["1", "2"].map { threads in
      try Self.command(
        ["--recipe", Self.recipe, "--samples", "24", "--json", "--threads", threads], in: folder.path
      ).run().output
    }
    #expect(outputs[0] == outputs[1])
    #expect(outputs[0].contains("\"layers\""))
  }

  @Test(arguments: [
    (["--type", "fp8"], "--type: expected fp16 or bf16, found 'fp8'; correct it"),
    (["--rounding", "never"], "--rounding: expected fused or operator, found 'never'; correct it"),
    (
      ["--accumulate", "fp16:0"],
      "--accumulate: expected fp32, fp16 or fp16:K with K from 1 to 4096, found 'fp16:0'; correct it"
    ),
    (["--max-flips", "200%"], "--max-flips: expected a share such as 0.5% or 0.005, found '200%'; correct it"),
    (
      ["--report", "page.txt"],
      "--report: expected a name that ends in .html, .json or .md, found 'page.txt'; rename it"
    ),
  ])
  func `a wrong flag is one line and code 64`(arguments: [String], message: String) throws {
    let folder = try TemporaryFolder()
    let result = try Self.command(["--recipe", Self.recipe] + arguments, in: folder.path).run()
    #expect(result.code == 64)
    #expect(result.errors == "qtool: \(message)\n")
    #expect(folder.entries.isEmpty)
  }

  @Test func `an unknown condition of --fail-on names what there is`() throws {
    let folder = try TemporaryFolder()
    let result = try Self.command(["--recipe", Self.recipe, "--fail-on", "overflw"], in: folder.path).run()
    #expect(result.code == 64)
    #expect(result.errors.contains("found 'overflw'") && result.errors.contains("overflow"))
  }

  private static let longRun = [
    "--recipe", recipe, "--samples", "60", "--type", "bf16", "--max-flips", "0", "--min-sqnr", "45", "--json",
  ]

  @Test func `a run that is killed goes on from its state to the same bytes`() throws {
    let folder = try TemporaryFolder()
    let whole = try Self.command(Self.longRun, in: folder.path).run()
    #expect(whole.code == 0, "\(whole.errors)")
    let state = "\(folder.path)/audit.state"
    let killed = try Self.command(Self.longRun + ["--state", "audit.state"], in: folder.path).run { program in
      while !FileManager.default.fileExists(atPath: state) { if program.waitForEnd(.milliseconds(1)) { return } }
      program.send(signal: SIGKILL)
    }
    #expect(killed.code == 128 + SIGKILL, "\(killed.errors)")
    #expect(folder.entries.contains("audit.state"))

    // Other samples are another run.
    let other = try Self.command(
      ["--recipe", Self.recipe, "--samples", "50", "--type", "bf16", "--state", "audit.state", "--resume"],
      in: folder.path
    ).run()
    #expect(other.code == 65)
    #expect(
      other.errors
        == "qtool: audit.state: expected the state of the same run, found another choice of samples; start anew without "
        + "--resume\n")
    let resumed = try Self.command(Self.longRun + ["--state", "audit.state", "--resume"], in: folder.path).run()
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.output == whole.output)
    #expect(!folder.entries.contains("audit.state"))
  }

  @Test func `a run that its budget cut short goes on from its state to the same bytes`() throws {
    let folder = try TemporaryFolder()
    let whole = try Self.command(Self.longRun, in: folder.path).run()
    let cut = try Self.command(Self.longRun + ["--state", "audit.state", "--budget", "0"], in: folder.path).run()
    #expect(cut.code == 0, "\(cut.errors)")
    #expect(cut.errors.contains("layers were measured before the time ran out; they are saved in audit.state"))
    #expect(folder.entries == ["audit.state"])
    let resumed = try Self.command(Self.longRun + ["--state", "audit.state", "--resume"], in: folder.path).run()
    #expect(resumed.output == whole.output)
    #expect(folder.entries.isEmpty)
  }

  @Test func `what is no state is refused, and none is a warning`() throws {
    let folder = try TemporaryFolder()
    let arguments = ["--recipe", Self.recipe, "--samples", "4", "--state", "audit.state", "--resume"]
    let anew = try Self.command(arguments, in: folder.path).run()
    #expect(anew.code == 0)
    #expect(anew.errors.contains("warning: audit.state: no layers are saved there; all of them are measured"))
    _ = try folder.write("{}", to: "audit.state")
    let refused = try Self.command(arguments, in: folder.path).run()
    #expect(refused.code == 65)
    #expect(
      refused.errors
        == "qtool: audit.state: expected the state of an audit, found something else; remove it, or name another "
        + "file\n")
    let unnamed = try Self.command(["--recipe", Self.recipe, "--resume"], in: folder.path).run()
    #expect(unnamed.code == 64)
  }

  @Test func `--write-cured writes nothing where no edit helps`() throws {
    let folder = try TemporaryFolder()
    let result = try Self.command(
      ["--recipe", Self.recipe, "--samples", "4", "--write-cured", "cured.onnx"], in: folder.path
    ).run()
    #expect(result.code == 0)
    #expect(result.errors.contains("--write-cured: no edit of the network helps, so nothing was written there"))
    #expect(folder.entries.isEmpty)
  }
}
