import Executor
import Foundation
import Kernels

/// What the program finds on this machine, and what keeps it from its best.
package struct Doctor: Sendable {
  package let kernels: String
  package let availableKernels: [String]
  package let blasCore: String
  package let cores: Int
  package let memoryBytes: UInt64
  /// What to change, one line each.
  package let warnings: [String]

  package init() {
    kernels = KernelLibrary.name
    availableKernels = KernelLibrary.availableNames
    blasCore = BLAS.coreName
    cores = ProcessInfo.processInfo.activeProcessorCount
    memoryBytes = ProcessInfo.processInfo.physicalMemory
    let forced = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"]
    warnings = [
      Doctor.warning(ofKernels: kernels, best: availableKernels[0]),
      Doctor.warning(ofBLAS: blasCore, forced: forced, best: availableKernels[0]),
    ].compactMap { $0 }
  }

  /// What to say of kernels other than the best of the processor; nil for the best.
  package static func warning(ofKernels used: String, best: String) -> String? {
    guard used != best else { return nil }
    return "\(KernelLibrary.variable): expected \(best), which this processor has, found \(used); unset it for speed"
  }

  /// What to say of a matrix library that runs older kernels than the processor has.
  ///
  /// - Parameter forced: What OPENBLAS_CORETYPE says, if anything.
  package static func warning(ofBLAS core: String, forced: String?, best: String) -> String? {
    guard let needed = levels[best], let found = level(ofCore: core), found < needed else { return nil }
    let cure =
      forced.map { "unset OPENBLAS_CORETYPE, which is '\($0)'" } ?? "install a newer libopenblas"
    return "OpenBLAS: expected kernels for \(best), found those for \(core), about half as fast; \(cure)"
  }

  private static let levels = ["x86-64-v4": 4, "x86-64-v3": 3]

  /// The instructions that OpenBLAS's kernels of this name use, as the levels of x86-64; nil where nothing is known.
  private static func level(ofCore core: String) -> Int? {
    switch core.lowercased() {
    case "skylakex", "cooperlake", "sapphirerapids": 4
    case "haswell", "zen", "excavator": 3
    case "prescott", "core2", "penryn", "dunnington", "nehalem", "atom", "sandybridge", "barcelona", "bulldozer",
      "piledriver", "steamroller", "bobcat", "nano", "opteron", "opteron_sse3":
      2
    default: nil
    }
  }

  /// For standard output.
  package var text: String {
    let rows = [
      ["qtool", toolVersion],
      ["kernels", "\(kernels) (this processor can run \(availableKernels.joined(separator: ", ")))"],
      ["OpenBLAS", blasCore],
      ["cores", "\(cores)"],
      ["memory", String(format: "%.1f GiB", Double(memoryBytes) / 0x1p30)],
    ]
    let verdict = warnings.isEmpty ? ["nothing stands in the way of full speed"] : warnings.map { "warning: \($0)" }
    return (TextTable.lines(rows) + [""] + verdict).joined(separator: "\n")
  }

  /// The same as JSON.
  package func json() throws(PipelineError) -> String {
    struct Fields: Encodable {
      let version: String
      let kernels: String
      let availableKernels: [String]
      let openblasCore: String
      let cores: Int
      let memoryBytes: UInt64
      let warnings: [String]
    }
    return try JSONText.encode(
      Fields(
        version: toolVersion, kernels: kernels, availableKernels: availableKernels, openblasCore: blasCore,
        cores: cores, memoryBytes: memoryBytes, warnings: warnings))
  }
}
