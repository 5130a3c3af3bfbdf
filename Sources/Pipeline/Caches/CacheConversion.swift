import CalibrationCache
import Reporting
import TensorCore

/// What `qtool cache convert` is asked to do.
package struct CacheConversion: Sendable {
  package var input: String
  package var output: String
  /// The input's format; nil to recognize it.
  package var sourceFormat: String?
  /// The output's format; nil for the input's.
  package var format: String?
  /// The builder's version for a TensorRT cache; nil for the input's.
  package var builderVersion: String?
  /// The calibrator for a TensorRT cache; nil for the input's.
  package var calibrator: String?
  /// The cache whose names and order are kept.
  package var namesFrom: String?
  /// The network, which helps to map names.
  package var model: String?
  package var dropsUnmapped = false

  package init(input: String, output: String) {
    self.input = input
    self.output = output
  }

  /// What was written, and what the user should know of it.
  package struct Result: Encodable, Sendable {
    package let output: String
    package let format: String
    package let tensors: Int
    /// What the format cannot hold, what was mended, and which names were not mapped; one line each.
    package let warnings: [String]
    package let mapping: MappingSummary?

    /// For a terminal.
    package var text: String {
      PlainText.terminal("\(output): \(format), \(LoadedCache.count(tensors, "tensor"))")
        + (mapping.map { "\n\($0.text)" } ?? "")
    }

    /// The same as JSON.
    package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
  }

  /// Reads, converts and writes.
  ///
  /// - Throws: ``PipelineError``; then the output is as it was before.
  package func run() throws(PipelineError) -> Result {
    // The cache itself may be replaced: that is how one is mended.
    try OutputCheck.check([output], besides: [namesFrom, model])
    let source = try LoadedCache(path: input, format: sourceFormat)
    let target =
      try format.map { name throws(PipelineError) in try LoadedCache.format(name, flag: "--format") } ?? source.format
    guard target == TensorRTCache.self || builderVersion == nil && calibrator == nil else {
      throw PipelineError(
        .usage, "--trt-version and --calibrator: expected the format tensorrt, found \(target.name); leave them out")
    }
    var document = source.document
    var warnings = source.document.irregularities.map { PlainText.terminal("\(input): \($0)") }
    warnings += target.omissions(document, from: source.format).map(\.description)
    var mapping: NameMapping?
    if let namesFrom {
      let old = try LoadedCache(path: namesFrom)
      let tensors = try model.map { path throws(PipelineError) in try ModelTensors.read(path) } ?? []
      let found = NameMapping(document, namesFrom: old.document, model: tensors, dropsUnmapped: dropsUnmapped)
      document = found.document
      if document.header == nil { document.header = old.document.header }
      warnings += MappingSummary.warnings(found, old: namesFrom)
      mapping = found
    }
    if target == TensorRTCache.self { try settleHeader(&document, &warnings) }
    do {
      try AtomicFile.write(try target.write(document), to: output)
    } catch {
      throw PipelineError(error)
    }
    return Result(
      output: output, format: target.name,
      tensors: document.entries.count { target.content.contains(.weights) || $0.role == .activation },
      warnings: warnings, mapping: mapping.map(MappingSummary.init))
  }

  private func settleHeader(_ document: inout CacheDocument, _ warnings: inout [String]) throws(PipelineError) {
    var version: TensorRTVersion?
    do {
      version = try builderVersion.map { text throws(TensorRTVersionError) in try TensorRTVersion(text) }
    } catch {
      throw PipelineError(.usage, "--trt-version: \(error)")
    }
    let named = try calibrator.map { name throws(PipelineError) in
      guard let found = TensorRTCalibrator(rawValue: name) else {
        let names = TensorRTCalibrator.allCases.map(\.rawValue).joined(separator: ", ")
        throw PipelineError(.usage, "--calibrator: expected one of \(names), found '\(name)'; choose one of these")
      }
      return found
    }
    if version == nil, named == nil, document.header != nil { return }
    var known: TensorRTCalibrator?
    if case .versioned(let number, let calibrator)? = document.header?.meaning {
      version = version ?? number
      known = TensorRTCalibrator(rawValue: calibrator)
    }
    if version == nil {
      warnings.append(
        "the cache is for TensorRT \(TensorRTVersion.assumed); a builder skips a cache of another version: "
          + "give yours with --trt-version")
    }
    document.header = TensorRTHeader(version: version ?? .assumed, calibrator: named ?? known ?? .entropy2)
  }
}
