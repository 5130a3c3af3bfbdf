import Foundation
import TestSupport
import Testing

/// What the program says of itself.
@Suite struct HelpTests {
  private func run(_ arguments: [String]) throws -> Command.Result {
    try Command(Checkout.program, arguments, in: Checkout.root).run()
  }

  /// The description of the command line that the parser prints for tools.
  private struct Dump: Decodable {
    struct Command: Decodable {
      let commandName: String
      let subcommands: [Command]?
      let arguments: [Argument]?
    }
    struct Argument: Decodable {
      struct Name: Decodable {
        let kind: String
        let name: String
      }
      let names: [Name]?
      let abstract: String?
      let shouldDisplay: Bool
    }
    let command: Command
  }

  @Test func `help mentions and explains every flag`() throws {
    let dump = try JSONDecoder().decode(Dump.self, from: Data(try run(["--experimental-dump-help"]).output.utf8))
    let commands = (dump.command.subcommands ?? []).filter { $0.commandName != "help" }
    #expect(commands.map(\.commandName).contains("calibrate"))
    for command in commands {
      let help = try run([command.commandName, "--help"])
      #expect(help.code == 0 && help.errors.isEmpty)
      let flags = (command.arguments ?? []).filter { $0.names != nil }
      #expect(!flags.isEmpty)
      for flag in flags {
        #expect(flag.shouldDisplay)
        #expect(!(flag.abstract ?? "").isEmpty, "\(flag.names?.first?.name ?? "")")
        for name in flag.names ?? [] { #expect(help.output.contains((name.kind == "long" ? "--" : "-") + name.name)) }
      }
    }
  }

  @Test func `the flags of the trade are there`() throws {
    let help = try run(["calibrate", "--help"]).output
    for flag in [
      "--recipe", "--model", "--data", "--data-root", "--samples", "--seed", "--on-bad-sample", "--resize", "--filter",
      "--crop", "--channels", "--divide", "--mean", "--std", "--layout", "--raw-shape", "--method", "--percentile",
      "--kl-zero", "--trt-version", "--exclude", "--threads", "--output", "--report", "--json", "--quiet", "--verbose",
    ] {
      #expect(help.contains(flag), "\(flag)")
    }
    for method in ["entropy", "percentile", "mse", "max"] { #expect(help.contains(method)) }
  }

  @Test func `the program names its commands, its exit codes and its version`() throws {
    let help = try run(["--help"])
    #expect(help.code == 0)
    for word in ["calibrate", "Exit codes", "64 usage", "65 bad data", "66 missing input", "73 cannot write"] {
      // Lines are broken anywhere.
      #expect(help.output.replacing("\n", with: " ").contains(word))
    }
    let version = try run(["--version"])
    #expect(version.code == 0 && version.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test func `an unknown command is a usage error`() throws {
    let result = try run(["calibarte"])
    #expect(result.code == 64 && result.output.isEmpty && result.errors.contains("calibarte"))
  }
}
