import Foundation

/// Debian's Chromium without a window: what a page looks like to those who read it.
package struct Browser: Sendable {
  private let program: String

  /// Nil, with a printed reason, where there is none: QTOOL_CHROMIUM names it, else it is looked for on the path.
  package init?(for test: String = #function) {
    let environment = ProcessInfo.processInfo.environment
    let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let candidates = [environment["QTOOL_CHROMIUM"]].compactMap(\.self) + folders.map { "\($0)/chromium" }
    guard let program = candidates.first(where: FileManager.default.isExecutableFile) else {
      print("skipped \(test): no chromium on the path; `apt-get install chromium`, or set QTOOL_CHROMIUM")
      return nil
    }
    self.program = program
  }

  /// What a page is after its scripts have run.
  package struct Page: Sendable {
    /// The document, as text.
    package let document: String
    /// What the page, or the browser on its behalf, complained of.
    package let complaints: [String]
  }

  /// Opens a page from a file in a frame of this width: the browser's own windows are never as narrow as a phone.
  ///
  /// - Returns: The document around the frame; what the page posts to its parent stands in its element `said`.
  package func open(_ path: String, width: Int, isDark: Bool) throws -> Page {
    let scratch = try TemporaryFolder()
    let frame = """
      <!DOCTYPE html><pre id="said"></pre><script>
      addEventListener("message", (event) => { document.getElementById("said").textContent = event.data; });
      </script><iframe src="file://\(path)" style="width: \(width)px; height: 900px; border: 0"></iframe>
      """
    let page = try scratch.write(frame, to: "frame.html")
    let result = try run(
      [
        "--window-size=1400,1000", "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)",
        "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom", "file://\(page)",
      ], in: scratch)
    let complaints = result.errorLines.filter { $0.contains("CONSOLE") }
    return Page(document: result.output, complaints: complaints)
  }

  /// Prints a page; answers the bytes of the PDF.
  package func paper(of path: String) throws -> [UInt8] {
    let scratch = try TemporaryFolder()
    _ = try run(["--no-pdf-header-footer", "--print-to-pdf=\(scratch.path)/page.pdf", "file://\(path)"], in: scratch)
    return [UInt8](FileManager.default.contents(atPath: "\(scratch.path)/page.pdf") ?? Data())
  }

  /// Without a sandbox, which needs rights that containers do not give; the pages are our own.
  private func run(_ arguments: [String], in scratch: TemporaryFolder) throws -> Command.Result {
    let common = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
      "--hide-scrollbars", "--user-data-dir=\(scratch.path)/profile",
    ]
    var command = Command(program, common + arguments, in: scratch.path)
    command.timeout = .seconds(120)
    return try command.run()
  }
}
