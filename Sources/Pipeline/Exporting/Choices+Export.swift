import CalibrationCache
package import Export
package import Quantization

extension Choices {
  /// The builder of that name, given by `--target`.
  package static func target(_ name: String) throws(PipelineError) -> Target {
    if let target = Target(rawValue: name) { return target }
    throw PipelineError(.usage, "--target: expected one of \(targets.names), found '\(name)'; choose one of these")
  }

  package static func overflow(_ name: String) throws(PipelineError) -> OverflowPolicy {
    if let policy = OverflowPolicy(rawValue: name) { return policy }
    let names = OverflowPolicy.allCases.map(\.rawValue).joined(separator: ", ")
    throw PipelineError(.usage, "--overflow: expected one of \(names), found '\(name)'; choose one of these")
  }

  package static func exportFormat(_ name: String) throws(PipelineError) -> ExportFormat {
    if let known = ExportFormat.networks.first(where: { $0.name == name }) { return known.format }
    let tables = CacheFormats.all.map { $0.name }
    if tables.contains(name) { return .table(name) }
    let names = (ExportFormat.networks.map(\.name) + tables).joined(separator: ", ")
    throw PipelineError(.usage, "--format: expected one of \(names), found '\(name)'; choose one of these")
  }

  /// - Parameter opset: Nil for no wish.
  package static func opset(_ opset: Int?) throws(PipelineError) -> Int? {
    guard let opset, !(7...OpsetUpgrade.newest).contains(opset) else { return opset }
    throw PipelineError(
      .usage, "--opset: expected an operator set from 7 to \(OpsetUpgrade.newest), found \(opset); choose one of these")
  }
}
