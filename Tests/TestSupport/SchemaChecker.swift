import Foundation

/// As much of JSON Schema as `report-1.schema.json` uses; an unknown keyword is a fault of the schema.
package struct SchemaChecker {
  private let root: [String: Any]

  /// Nil for what is no object in JSON.
  package init?(_ text: String) {
    guard let root = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else { return nil }
    self.root = root
  }

  /// Where a value of `JSONSerialization` disobeys; empty where it does not.
  package func faults(of value: Any) -> [String] { faults(of: value, root, at: "$") }

  private func faults(of value: Any, _ schema: [String: Any], at place: String) -> [String] {
    schema.keys.sorted().flatMap { faults(of: value, keyword: $0, schema, at: place) }
  }

  private func faults(of value: Any, keyword: String, _ schema: [String: Any], at place: String) -> [String] {
    let rule = schema[keyword]
    func verdict(_ holds: Bool) -> [String] { holds ? [] : ["\(place): \(keyword)"] }
    switch keyword {
    case "$schema", "$id", "$defs", "title", "description", "then": return []
    case "$ref":
      let name = (rule as? String)?.split(separator: "/").last.map(String.init) ?? ""
      let found = (root["$defs"] as? [String: Any])?[name] as? [String: Any]
      return found.map { faults(of: value, $0, at: place) } ?? ["schema: \(name)"]
    case "type": return verdict(isA(rule as? String ?? "", value))
    case "const": return verdict(isEqual(value, rule))
    case "enum": return verdict((rule as? [Any])?.contains { isEqual(value, $0) } ?? false)
    case "required":
      return verdict((rule as? [String] ?? []).allSatisfy { (value as? [String: Any])?[$0] != nil })
    case "properties":
      guard let members = value as? [String: Any] else { return [] }
      return (rule as? [String: [String: Any]] ?? [:]).sorted { $0.key < $1.key }.flatMap { key, schema in
        members[key].map { faults(of: $0, schema, at: "\(place).\(key)") } ?? []
      }
    case "items":
      return (value as? [Any] ?? []).enumerated().flatMap {
        faults(of: $1, rule as? [String: Any] ?? [:], at: "\(place)[\($0)]")
      }
    case "oneOf":
      let choices = rule as? [[String: Any]] ?? []
      return verdict(choices.count { faults(of: value, $0, at: place).isEmpty } == 1)
    case "allOf":
      return (rule as? [[String: Any]] ?? []).flatMap { faults(of: value, $0, at: place) }
    case "if":
      guard faults(of: value, rule as? [String: Any] ?? [:], at: place).isEmpty else { return [] }
      return faults(of: value, schema["then"] as? [String: Any] ?? [:], at: place)
    case "minimum": return verdict((value as? Double).map { $0 >= (rule as? Double ?? 0) } ?? true)
    case "maximum": return verdict((value as? Double).map { $0 <= (rule as? Double ?? 0) } ?? true)
    case "minItems": return verdict((value as? [Any])?.count ?? 0 >= rule as? Int ?? 0)
    case "maxItems": return verdict((value as? [Any])?.count ?? 0 <= rule as? Int ?? 0)
    case "pattern":
      guard let regex = try? Regex(rule as? String ?? ""), let text = value as? String else { return verdict(false) }
      return verdict(text.firstMatch(of: regex) != nil)
    default: return ["schema: unknown keyword \(keyword)"]
    }
  }

  private func isA(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": isBool(value)
    case "null": value is NSNull
    case "number": !isBool(value) && value is NSNumber
    case "integer": !isBool(value) && (value as? NSNumber).map { $0.doubleValue.rounded() == $0.doubleValue } ?? false
    default: false
    }
  }

  private func isBool(_ value: Any) -> Bool {
    (value as? NSNumber).map { unsafe String(cString: $0.objCType) == "c" } ?? false
  }

  private func isEqual(_ a: Any, _ b: Any?) -> Bool {
    if let a = a as? String, let b = b as? String { return a == b }
    if let a = a as? NSNumber, let b = b as? NSNumber { return a == b }
    return false
  }
}
