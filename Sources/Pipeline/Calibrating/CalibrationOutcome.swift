package import Calibration
package import TensorCore

/// What a calibration found out.
package struct CalibrationOutcome: Sendable {
  /// Every float tensor that depends on an input, in topological order, those left out by `--exclude` too.
  package let tensors: [CalibratedTensor]
  package let sampleCount: Int
  package let skipped: [SampleRunner.SkippedSample]
  package let modelDigest: String
  package let dataDigest: String
  /// SHA-256 of each plugin, in the order they were given.
  package let pluginDigests: [String]
  package let kernelClass: KernelClass
  /// What was put right or put up with while the network was read.
  package let notes: [String]
  /// What the user should know of this run; another run on the same input may have nothing to say.
  package let warnings: [String]
  package let evidence: CalibrationEvidence
  package let data: DataEvidence
}

/// The statistics of one tensor, and the scale that follows.
package struct CalibratedTensor: Sendable {
  package let name: String
  /// The node that makes it; nil for an input of the network.
  package let node: String?
  package let opType: String?
  package let shape: ObservedShape
  package let statistics: TensorCollector
  package let estimate: RangeEstimate
  /// Whether `--exclude` names it.
  package let isExcluded: Bool

  /// The scale for the cache: of symmetric INT8, in the tensor's own unit.
  ///
  /// A tensor without a range gets a neutral scale, that of the range [-1, 1]: whatever its scale, its zeros stay
  /// zeros, and builders stumble over a scale of 0.
  package var scale: Float { estimate.range?.scale ?? CalibratedTensor.neutralScale }

  package static let neutralScale: Float = 1 / 127
}

/// The shapes that a tensor had over all samples.
package enum ObservedShape: Sendable, Hashable {
  case unknown
  case always(Shape)
  case several

  mutating func add(_ shape: Shape?) {
    switch (self, shape) {
    case (.unknown, let shape?): self = .always(shape)
    case (.always(let known), let shape?) where known == shape: break
    default: self = .several
    }
  }

  mutating func merge(_ other: ObservedShape) {
    switch (self, other) {
    case (_, .unknown): break
    case (_, .always(let shape)): add(shape)
    case (_, .several): self = .several
    }
  }
}

/// What the results depend on besides the input: runs of one class give the same bytes.
package struct KernelClass: Sendable, Hashable {
  /// The instructions that our own kernels were compiled for.
  package let instructionSet: String
  /// The matrix library and the kernels that it chose for this processor.
  package let blas: String
}
