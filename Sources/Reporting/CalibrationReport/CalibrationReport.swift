/// The report of `qtool calibrate`.
package enum CalibrationReport {
  /// Says what `input` holds; a pure function.
  package static func document(_ input: CalibrationReportInput) -> ReportDocument {
    let findings = CalibrationFindings.all(in: input)
    var anchors: [String: String] = [:]
    for (index, tensor) in input.tensors.enumerated() where anchors[tensor.name] == nil {
      anchors[tensor.name] = anchor(index)
    }
    return ReportDocument(
      kind: "calibration",
      toolVersion: input.toolVersion,
      title: "Calibration of \(input.modelName)",
      subtitle: "\(input.method) on \(NumberFormat.counted(input.sampleCount, "sample")) of \(input.dataName)",
      verdict: verdict(input, findings),
      facts: facts(input),
      sections: [
        KeyNumbersSection(keyNumbers(input)),
        FindingsSection(findings, anchors: anchors),
        RangeSection(input.tensors.enumerated().map { $1.rangeRow(anchor: anchor($0)) }),
      ] + (input.convergence?.sections(anchors: anchors) ?? []) + [
        CalibratedTensor.table(input.tensors, anchor: anchor),
        DistributionSection(input.tensors.enumerated().map { $1.distribution(anchor: anchor($0)) }),
      ],
      seconds: input.seconds)
  }

  /// The name of a tensor's part of the page.
  private static func anchor(_ index: Int) -> String { "tensor-\(index + 1)" }

  private static func verdict(_ input: CalibrationReportInput, _ findings: [Finding]) -> Verdict {
    let count = input.tensors.count
    let usable = input.tensors.count(where: \.hasUsableScale)
    let errors = findings.count { $0.severity == .error }
    let warnings = findings.count { $0.severity == .warning }
    var text: String
    if count == 0 {
      text = "No tensor was calibrated"
    } else if usable == count {
      text =
        count == 1
        ? "The only tensor has a usable scale" : "All \(NumberFormat.count(count)) tensors have a usable scale"
    } else {
      text = "\(NumberFormat.count(usable)) of \(NumberFormat.counted(count, "tensor")) have a usable scale"
    }
    var attention: [String] = []
    if errors > 0 { attention.append(NumberFormat.counted(errors, "error")) }
    if warnings > 0 { attention.append(NumberFormat.counted(warnings, "warning")) }
    text += attention.isEmpty ? "." : "; \(attention.joined(separator: " and ")) below."
    return Verdict(errors > 0 ? .failed : warnings > 0 ? .warning : .ok, text)
  }

  private static func keyNumbers(_ input: CalibrationReportInput) -> [KeyNumbersSection.Number] {
    let usable = input.tensors.count(where: \.hasUsableScale)
    let shares = input.tensors.map(\.clippedShare).sorted()
    let worst = input.tensors.max { $0.clippedShare < $1.clippedShare }
    let skipped = input.skipped.count
    return [
      .init(
        "tensors", "Tensors", NumberFormat.count(input.tensors.count),
        note: "\(NumberFormat.count(usable)) with a usable scale"),
      .init(
        "samples", "Samples", NumberFormat.count(input.sampleCount),
        note: skipped == 0 ? "none skipped" : "\(NumberFormat.count(skipped)) skipped"),
      .init("method", "Method", input.method, note: parameters(input)),
      .init(
        "mostClipped", "Most clipped", worst.map { NumberFormat.share($0.clippedShare) } ?? "–",
        note: shares.isEmpty ? "" : "median \(NumberFormat.share(shares[shares.count / 2]))"),
    ]
  }

  private static func parameters(_ input: CalibrationReportInput) -> String {
    input.parameters.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
  }

  private static func facts(_ input: CalibrationReportInput) -> [Fact] {
    let used = NumberFormat.counted(input.sampleCount, "sample")
    let skipped = input.skipped.isEmpty ? "none skipped" : "\(NumberFormat.count(input.skipped.count)) skipped"
    return [
      Fact("model", "Model", input.modelName),
      Fact("modelSHA256", "Model SHA-256", input.modelSHA256, isCode: true),
      Fact("data", "Data", input.dataName),
      Fact("samples", "Samples", "\(used) used, \(skipped)"),
      Fact("preprocessing", "Preprocessing", input.preprocessing),
      Fact("method", "Method", input.parameters.isEmpty ? input.method : "\(input.method), \(parameters(input))"),
      Fact("kernelClass", "Arithmetic", input.kernelClass),
    ]
  }
}
