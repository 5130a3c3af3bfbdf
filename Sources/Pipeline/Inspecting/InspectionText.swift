import Foundation

extension NetworkInspection {
  /// The table for a terminal.
  package var text: String {
    let versions = opsets.sorted { $0.key < $1.key }.map { $0.key.isEmpty ? "\($0.value)" : "\($0.key) \($0.value)" }
    var lines = [
      "\(file)  IR \(irVersion), opset \(versions.joined(separator: ", "))"
        + (producer.isEmpty ? "" : ", from \(producer)"),
      "inputs   " + inputs.map { "\($0.name) \($0.type)" }.joined(separator: "; "),
      "outputs  " + outputs.map { "\($0.name) \($0.type)" }.joined(separator: "; "),
      "size     \(layers.count) layers, \(Self.grouped(parameterCount)) parameters"
        + (macs.map { ", \(Self.grouped($0)) MACs per sample" } ?? ""),
      "",
    ]
    let rows = [["layer", "operator", "output", "parameters", "MACs", "weights"]] + layers.map(Self.row)
    lines += TextTable.lines(rows, rightAligned: [3, 4])
    lines.append("")
    if hazards.isEmpty {
      lines.append("no hazards found in the weights")
    } else {
      lines.append("hazards")
      lines += hazards.map { "  \($0.node): \($0.kind.rawValue) (\($0.detail))" }
    }
    return lines.joined(separator: "\n")
  }

  /// The graph in the language of Graphviz: `dot -Tsvg` draws it.
  package var dot: String {
    var lines = ["digraph network {", "  rankdir=TB; node [shape=box, fontname=\"sans-serif\", fontsize=10];"]
    for (index, layer) in layers.enumerated() {
      lines.append("  n\(index) [label=\"\(Self.escaped(layer.op))\\n\(Self.escaped(layer.name))\"];")
    }
    for edge in edges { lines.append("  n\(edge[0]) -> n\(edge[1]);") }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func row(_ layer: LayerEntry) -> [String] {
    let range = layer.weightRange.map { String(format: "%.4g … %.4g", Double($0[0]), Double($0[1])) }
    return [
      layer.name, layer.op, layer.output ?? "?", layer.parameters == 0 ? "" : grouped(layer.parameters),
      layer.macs.map { $0 == 0 ? "" : grouped($0) } ?? "?", range ?? "",
    ]
  }

  /// `1234567` as `1,234,567`.
  private static func grouped(_ number: Int) -> String {
    let digits = String(number)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result.append(",") }
      result.append(digit)
    }
    return result
  }

  private static func escaped(_ text: String) -> String {
    text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"")
  }
}

extension NetworkInspection {
  /// The same as JSON.
  package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
}
