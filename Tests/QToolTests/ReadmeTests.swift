import Foundation
import TestSupport
import Testing

/// What the README shows is what the program prints.
@Suite struct ReadmeTests {
  @Test func `the demo ends as the README says`() throws {
    let folder = try TemporaryFolder()
    let command = Command(
      Checkout.program,
      [
        "calibrate", "--recipe", "Calibration/fashion_resnet.yaml", "--output", "\(folder.path)/fashion_resnet.cache",
        "--report", "\(folder.path)/fashion_resnet.html",
      ], in: Checkout.root)
    let result = try command.run()
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.output.replacing(folder.path, with: "Reports/out") == (try block("demo-output")))
  }

  @Test func `the lines of the cache in the README are the reference cache's`() throws {
    let cache = try text(of: "\(Checkout.root)/Calibration/fashion_resnet.cache")
    let shown = try block("cache-head")
    #expect(shown.split(separator: "\n").count > 1)
    #expect(cache.hasPrefix(shown))
  }

  @Test func `the conformance counts in the README are the recorded ones`() throws {
    let counts = try text(of: "\(Checkout.root)/Tests/ConformanceTests/counts.md")
    #expect(try text(of: "\(Checkout.root)/README.md").contains("<!-- conformance-counts -->\n" + counts))
  }

  @Test func `the commands in the README are the program's`() throws {
    let help = try Command(Checkout.program, ["--help"], in: Checkout.root).run().output
    let readme = try text(of: "\(Checkout.root)/README.md")
    for match in readme.matches(of: /release\/qtool ([a-z0-9-]+)/) {
      #expect(help.contains("  \(match.1) "), "qtool \(match.1)")
    }
  }

  /// What stands between the fences behind the comment that names it.
  private func block(_ name: String) throws -> String {
    let readme = try text(of: "\(Checkout.root)/README.md")
    let parts = readme.components(separatedBy: "<!-- \(name) -->\n```\n")
    try #require(parts.count == 2, "the README has no block '\(name)'")
    return parts[1].components(separatedBy: "```")[0]
  }
}
