/// Whether any builder takes a cache with this header.
package enum HeaderRule: LintRule {
  package static let name = "header"
  package static let summary = "the header names a version and a calibrator that builders know"

  package static func check(_ subject: LintSubject) -> [LintFinding] {
    guard subject.format == TensorRTCache.self, let header = subject.document.header else { return [] }
    switch header.meaning {
    case .versioned(nil, _):
      return [
        finding(
          .error,
          "header: expected 'TRT-<number>-<calibrator>', found '\(header.text)', which names no version; a builder "
            + "skips the cache without a word: convert it with --trt-version")
      ]
    case .versioned(let version?, let calibrator):
      var findings: [LintFinding] = []
      if version.major >= 11 {
        findings.append(
          finding(
            .error,
            "header: expected a version up to 10.16, found \(version); TensorRT 11 reads no caches: "
              + "give it a network with quantize and dequantize nodes"))
      } else if version.major < 5 {
        findings.append(
          finding(.warning, "header: expected version 5.0 or later, found \(version); was the number written by hand?"))
      }
      if !knownCalibrators.contains(calibrator) {
        findings.append(
          finding(
            .warning,
            "header: expected one of \(knownCalibrators.joined(separator: ", ")), found '\(calibrator)'; a builder "
              + "skips a cache of another calibrator"))
      }
      return findings
    case .algorithm, .legacy:
      return [
        finding(
          .warning,
          "header: expected 'TRT-<number>-<calibrator>', found '\(header.text)', as builders before TensorRT 5 "
            + "write; later ones skip the cache: convert it with --trt-version")
      ]
    }
  }

  private static let knownCalibrators = [
    "EntropyCalibration", "EntropyCalibration2", "MinMaxCalibration", "LegacyCalibration",
  ]
}
