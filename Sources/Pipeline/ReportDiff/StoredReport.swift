import CalibrationCache
import Foundation

/// A report read back from its JSON form, as far as two runs can be compared.
struct StoredReport: Sendable {
  /// A table: the columns' keys and labels, and the cells of each row by key.
  struct Table: Sendable {
    let id: String
    let title: String
    let columns: [(key: String, label: String)]
    let rows: [[String: JSON]]
  }

  let path: String
  let kind: String
  let title: String
  let verdict: (status: String, text: String)
  let facts: [(key: String, label: String, value: String)]
  let tables: [Table]

  /// - Throws: ``PipelineError`` for a file that is missing, is no report, or was written by a later version.
  init(path: String) throws(PipelineError) {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw PipelineError(
        .missingInput, "\(path): expected a report in JSON, found no file that can be read; check the path")
    }
    do {
      let root = try CacheFile([UInt8](bytes)).root(place: path)
      guard try root.optional("format")?.string() == "qtool-report" else {
        throw PipelineError(
          .badData, "\(path): expected a report that qtool wrote with --json-report, found other JSON; choose another file")
      }
      let version = try root["formatVersion"]
      guard try version.integer() == 1 else { throw version.fault("1; was it written by a later version?") }
      self.path = path
      kind = try root["kind"].string()
      title = try root["title"].string()
      verdict = (try root["verdict"]["status"].string(), try root["verdict"]["text"].string())
      facts = try root["facts"].elements().map {
        (try $0["key"].string(), try $0["label"].string(), try $0["value"].string())
      }
      tables = try root["sections"].elements().compactMap { section in
        guard try section["kind"].string() == "table" else { return nil }
        return Table(
          id: try section["id"].string(), title: try section["title"].string(),
          columns: try section["columns"].elements().map { (try $0["key"].string(), try $0["label"].string()) },
          rows: try section["rows"].elements().map { row in
            Dictionary(try row.members().map { ($0.name, $0.value) }) { first, _ in first }
          })
      }
    } catch let error as CacheError {
      throw PipelineError(.badData, "\(error)")
    } catch {
      throw PipelineError(error)
    }
  }
}
