/// A report that cannot be rendered. It never depends on the report's content: the program itself is damaged.
package struct ReportError: Error, Equatable, CustomStringConvertible {
  package let template: String
  package let detail: String

  package var description: String {
    "page template '\(template)': expected a template that can be read, found \(detail); install the program anew"
  }
}
