import Reporting
import Testing

@Suite struct EscapingTests {
  @Test func `a tensor's name opens no element and no attribute on the page`() throws {
    let page = try HTMLRenderer.render(Example.document)
    let tags = try HTMLPage(page).tags
    #expect(tags.count { $0.name == "script" } == 1)
    #expect(!tags.contains { $0.attributes["onload"] != nil })
    #expect(!page.unicodeScalars.contains("\u{1b}") && !page.unicodeScalars.contains("\u{202e}"))
    #expect(page.contains("&lt;script&gt;alert("))
  }

  @Test func `a quotation mark under an accent is escaped`() {
    // One Character for the language, two scalars for a browser.
    #expect(PlainText.html("\"\u{301}<\u{338}'\u{20dd}&\u{301}") == "&quot;\u{301}&lt;\u{338}&#39;\u{20dd}&amp;\u{301}")
  }

  @Test func `no control character reaches the terminal`() {
    let text = TerminalRenderer.render(Example.document)
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7f..<0xa0).contains($0.value) })
    #expect(PlainText.terminal("a\nb\u{9b}c\u{2066}") == "a b\u{FFFD}c\u{FFFD}")
  }

  @Test func `names stay within their cell in Markdown`() {
    #expect(PlainText.markdownCode("a|b", inTable: true) == "`a\\|b`")
    #expect(PlainText.markdownCode("a|b") == "`a|b`")
    #expect(PlainText.markdownCode("a``b\n") == "``` a``b  ```")
    #expect(PlainText.markdownCode("") == "")
    #expect(PlainText.markdown("<b>*x*|[y](z) @me #1") == "&lt;b&gt;\\*x\\*\\|\\[y\\](z) \\@me \\#1")
  }

  @Test func `every row of a Markdown table has as many cells as its head`() {
    let lines = MarkdownRenderer.render(Example.document).split(separator: "\n").filter { $0.hasPrefix("|") }
    #expect(lines.count == 6)
    #expect(Set(lines.map { $0.replacing("\\|", with: "").count { $0 == "|" } }).count == 1)
  }

  @Test func `JSON strings hold any text`() throws {
    #expect(JSONValue.string("a\"\\\u{1}\n\u{7f}é").text == "\"a\\\"\\\\\\u0001\\n\\u007fé\"\n")
  }

  @Test func `long names keep both ends`() {
    #expect(PlainText.shortened("/layer1/conv/Conv_output_0", to: 11) == "/laye…put_0")
    #expect(PlainText.shortened("short", to: 11) == "short")
  }
}
