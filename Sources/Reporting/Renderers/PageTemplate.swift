import Mustache

/// A Mustache template compiled into the binary, so that the program needs no files beside it.
package struct PageTemplate: Sendable {
  package let name: String
  let source: String

  init(_ name: String, _ source: [UInt8]) {
    self.name = name
    self.source = String(decoding: source, as: UTF8.self)
  }

  /// The template ready for use. `{{name}}` is escaped for HTML, `{{{name}}}` is not.
  func parsed() throws(ReportError) -> MustacheTemplate {
    MustacheContentTypes.register(EscapedHTML(), named: EscapedHTML.name)
    do {
      return try MustacheTemplate(string: "{{% CONTENT_TYPE:\(EscapedHTML.name)}}" + source)
    } catch {
      throw ReportError(template: name, detail: "\(error)")
    }
  }

  static let page = PageTemplate("page", PackageResources.page_mustache)
  static let histogram = PageTemplate("histogram", PackageResources.histogram_mustache)
  static let line = PageTemplate("line", PackageResources.line_mustache)
}

/// In the place of the library's own escaping, which overlooks a `"` that a combining character follows.
private struct EscapedHTML: MustacheContentType {
  static let name = "ESCAPED_HTML"

  func escapeText(_ text: String) -> String { PlainText.html(text) }
}
