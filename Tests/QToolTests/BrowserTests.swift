import Foundation
import TestSupport
import Testing

/// Reports in a real browser, at the width of a phone and of a desk, light and dark, and on paper.
@Suite(.serialized) struct BrowserTests {
  /// Added to a copy of the page: looks at what is drawn, and tells the page around it.
  private static let inspection = """
    <script>
    addEventListener("load", () => {
      const faults = [];
      const wide = document.documentElement.scrollWidth;
      if (wide > innerWidth) faults.push(`the page is ${wide} wide in a window of ${innerWidth}`);
      for (const link of document.querySelectorAll("a[href]")) {
        const target = link.getAttribute("href");
        if (!target.startsWith("#") || !document.getElementById(target.slice(1))) faults.push(`dead link ${target}`);
      }
      const charts = document.querySelectorAll("figure.chart > svg");
      for (const chart of charts) {
        const box = chart.getBoundingClientRect();
        if (box.width < 150 || box.height < 60) faults.push(`a chart of ${box.width} x ${box.height}`);
        if (!chart.querySelector("title") || !chart.querySelector("desc")?.textContent) faults.push("a chart without words");
        const drawn = [...chart.querySelectorAll("path, circle, line, rect")].filter((shape) => {
          const style = getComputedStyle(shape);
          return style.fill !== "none" || (style.stroke !== "none" && style.stroke !== "");
        });
        if (drawn.length < 3) faults.push("an empty chart");
      }
      // What has no glyph looks like a private character that has none.
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 40;
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      const picture = (letter) => {
        pen.clearRect(0, 0, 40, 40);
        pen.font = "24px " + getComputedStyle(document.body).fontFamily;
        pen.fillText(letter, 4, 30);
        return pen.getImageData(0, 0, 40, 40).data.join();
      };
      const missing = picture("\\u{F8FF0}");
      for (const letter of new Set(document.body.innerText)) {
        if (letter.trim() && picture(letter) === missing) faults.push(`no glyph for U+${letter.codePointAt(0).toString(16)}`);
      }
      for (const image of document.images) if (!image.naturalWidth) faults.push(`no picture ${image.alt}`);
      const light = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
      const style = getComputedStyle(document.body);
      if (Math.abs(light(style.color) - light(style.backgroundColor)) < 0.6) faults.push("pale text");
      const verdict = document.querySelector(".verdict").getBoundingClientRect();
      if (verdict.bottom > 500) faults.push(`the verdict ends at ${verdict.bottom}`);
      parent.postMessage("@" + JSON.stringify({
        faults, charts: charts.length, width: innerWidth, paper: light(style.backgroundColor) }) + "@", "*");
    });
    </script>
    """

  private struct Inspection: Decodable {
    let faults: [String]
    let charts: Int
    let width: Int
    let paper: Double
  }

  /// A page of every kind: with pictures, slices, layers of both precisions, mixtures, a profile and a sweep.
  private func pages(_ folder: TemporaryFolder) throws -> [(path: String, charts: Int)] {
    let page = "\(folder.path)/comparison.html", json = "\(folder.path)/a.json", other = "\(folder.path)/b.json"
    let difference = "\(folder.path)/difference.html"
    let profile = try folder.write(
      #"[{"count": 2}, {"name": "/stem/conv/Conv + /stem/relu/Relu", "averageMs": 0.1}]"#, to: "profile.json")
    let base = ["compare", "--recipe", "Calibration/fashion_resnet.yaml", "--samples", "60", "--quiet"]
    for arguments in [
      base + ["--layers", "--profile", profile, "--sweep", "method=max,mse", "samples=5,20", "--max-drop", "1%"]
        + ["--report", page, "--json-report", json],
      base + ["--method", "max", "--json-report", other],
      ["report", json, other, "--report", difference],
    ] {
      let result = try Command(Checkout.program, arguments, in: Checkout.root).run()
      #expect(result.code <= 1, "\(result.errors)")
    }
    return [(page, 6), (difference, 0)]
  }

  @Test func `a report is right in a browser`() throws {
    guard let browser = Browser() else { return }
    let folder = try TemporaryFolder()
    for (path, charts) in try pages(folder) {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let copy = try folder.write(text.replacing("</body>", with: Self.inspection + "</body>"), to: "copy.html")
      for width in [390, 1280] {
        for isDark in [false, true] {
          let seen = try browser.open(copy, width: width, isDark: isDark)
          let place = "\(URL(filePath: path).lastPathComponent), \(width) wide, \(isDark ? "dark" : "light")"
          #expect(seen.complaints == [], "\(place)")
          let parts = seen.document.components(separatedBy: "@{")
          let json = try #require(parts.last?.components(separatedBy: "}@").first, "\(place)")
          let unescaped = json.replacing("&gt;", with: ">").replacing("&lt;", with: "<").replacing("&amp;", with: "&")
          let plain = "{\(unescaped)}"
          let inspection = try JSONDecoder().decode(Inspection.self, from: Data(plain.utf8))
          #expect(inspection.faults == [], "\(place)")
          #expect(inspection.charts >= charts, "\(place)")
          #expect(inspection.width == width, "\(place)")
          #expect(isDark ? inspection.paper < 0.3 : inspection.paper > 0.9, "\(place)")
        }
      }
      let paper = try browser.paper(of: path)
      #expect(paper.starts(with: Array("%PDF-".utf8)) && paper.count > 10_000)
    }
  }
}
