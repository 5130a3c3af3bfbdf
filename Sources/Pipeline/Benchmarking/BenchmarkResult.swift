import Foundation

/// How long the passes took.
package struct BenchmarkResult: Sendable {
  package let network: String
  package let data: String
  package let samples: Int
  package let threads: Int
  package let kernels: KernelClass
  /// Milliseconds per sample of each bare pass.
  package let forward: [Double]
  /// Milliseconds per sample of each pass that observes the tensors of the fused network.
  package let calibrateFused: [Double]
  /// Milliseconds per sample of each pass that observes every tensor.
  package let calibrate: [Double]
  /// Milliseconds that the scales took, once for the whole run, after the last pass.
  package let scales: Double
  /// Every step of the bare pass, then every step of the pass that observes; empty where it was not asked for.
  package let profile: [Step]
  /// Floating-point operations per second that one thread reaches in registers; nil where no profile was asked for.
  package let peak: Double?

  /// What one step takes on one thread at best, in milliseconds.
  package struct Step: Sendable, Encodable {
    let isObserved: Bool
    let node: String
    let operators: String
    /// Whether the kernel gets by with fewer operations than the definition, by Winograd's transform.
    let isTransformed: Bool
    let kernelMs: Double
    /// Stages that the kernel does not run itself, roundings, and the observer.
    let restMs: Double
    /// Of the node's definition; 0 for a node that multiplies no matrices.
    let multiplyAccumulates: Int

    /// Floating-point operations of the definition by the kernel's time: more than the peak where there were fewer.
    var gigaflops: Double? {
      multiplyAccumulates > 0 && kernelMs > 0 ? 2 * Double(multiplyAccumulates) / kernelMs / 1e6 : nil
    }
  }

  /// For standard output.
  package var text: String {
    let rows = [
      ("network", network), ("samples", "\(samples) of \(data), in memory"),
      ("passes", "\(forward.count) of each kind, \(threads) at a time"),
      ("kernels", "\(kernels.instructionSet), \(kernels.blas)"),
      ("forward", BenchmarkResult.summary(forward)),
      ("calibrate", BenchmarkResult.summary(calibrateFused) + ", tensors of fused layers observed"),
      ("", BenchmarkResult.summary(calibrate) + ", every tensor observed"),
      ("scales", String(format: "%.1f ms, once", scales)),
    ]
    return rows.map { $0.0.padding(toLength: 11, withPad: " ", startingAt: 0) + $0.1 }.joined(separator: "\n")
      + (peak.map { String(format: "\npeak       %.1f GFLOP/s, one thread in registers", $0 / 1e9) } ?? "")
      + (profile.isEmpty ? "" : "\n\n" + profileText)
  }

  /// A table of the steps for each kind of pass.
  private var profileText: String {
    [false, true].map { isObserved in
      let steps = profile.filter { $0.isObserved == isObserved }
      let total = max(steps.reduce(0) { $0 + $1.kernelMs + $1.restMs }, .leastNonzeroMagnitude)
      let title = isObserved ? "observing, one thread" : "bare, one thread"
      return
        ([String(format: "%@: %.3f ms", title, total), "kernel ms   rest ms    share  GFLOP/s  of peak"]
        + steps.map { row($0, total) }).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private func row(_ step: Step, _ total: Double) -> String {
    var rate = String(repeating: " ", count: 18)
    if let gigaflops = step.gigaflops, let peak {
      rate = String(format: " %8.1f %6.0f %%", gigaflops, gigaflops * 1e11 / peak)
    }
    return String(
      format: "%9.4f %9.4f %6.1f %%", step.kernelMs, step.restMs, (step.kernelMs + step.restMs) / total * 100)
      + rate + "  " + step.operators + (step.isTransformed ? " (Winograd)" : "") + "  " + step.node
  }

  private static func summary(_ times: [Double]) -> String {
    let sorted = times.sorted()
    guard let least = sorted.first, let most = sorted.last else { return "not measured" }
    return String(format: "%.3f ms per sample (%.3f to %.3f)", sorted[sorted.count / 2], least, most)
  }

  /// The same as JSON, with the time of every pass.
  package func json() throws(PipelineError) -> String {
    struct Fields: Encodable {
      let network: String
      let data: String
      let samples: Int
      let threads: Int
      let instructionSet: String
      let blas: String
      let forwardMs: [Double]
      let calibrateFusedMs: [Double]
      let calibrateMs: [Double]
      let scalesMs: Double
      let peakGflops: Double?
      let profile: [Step]?
    }
    return try JSONText.encode(
      Fields(
        network: network, data: data, samples: samples, threads: threads, instructionSet: kernels.instructionSet,
        blas: kernels.blas, forwardMs: forward, calibrateFusedMs: calibrateFused, calibrateMs: calibrate,
        scalesMs: scales, peakGflops: peak.map { $0 / 1e9 },
        profile: profile.isEmpty ? nil : profile))
  }
}
