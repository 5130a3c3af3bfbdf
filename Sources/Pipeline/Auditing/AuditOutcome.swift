import CalibrationData
import Evaluation
package import Executor
package import PrecisionAudit

/// What an audit found.
package struct AuditOutcome: Sendable {
  /// What one sample shows.
  package struct SampleEntry: Sendable {
    package let rank: Int
    package let identifier: String
    package let label: Int?
    package let slices: [(column: String, value: String)]
    package let effect: OutputEffect
    /// What becomes of a detector's boxes; nil where the recipe declares no decoder.
    package let boxes: DetectionChange?

    /// Whether the run decides otherwise than float32: for another class, or on other boxes.
    package var changesDecision: Bool { effect.isFlip || boxes?.isChange == true }
  }

  /// A slice and how its damage compares with the rest.
  package struct SliceEntry: Sendable {
    package let column: String
    package let value: String
    package let count: Int
    package let flips: Int
    /// The mean loss within the slice and in all other samples: of decisions, or of signal.
    package let mean: Double
    package let rest: Double
    /// One-sided, adjusted for the number of slices.
    package let p: Double
    package let isOfDecisions: Bool
  }

  package let arithmetic: NarrowArithmetic
  package let modelPath: String
  package let modelDigest: String
  package let dataLocation: String
  package let dataDigest: String
  package let kernelClass: String
  package let preprocessing: String
  package let units: [UnitStatistics]
  /// By rank.
  package let samples: [SampleEntry]
  package let totals: EffectTotals
  package let baseline: MixedTrial
  package let goal: CureGoal
  package let sensitivity: Sensitivity
  package let cure: CureSearch.Result?
  /// The changes of the network that findings offer, applied and measured; nil where none is offered.
  package let edits: EditTrial?
  /// The first of each kind to blame first.
  package let findings: [AuditFinding]
  package let slices: [SliceEntry]
  package let skipped: [SampleRunner.SkippedSample]
  /// Names of the nodes that were folded into others, by the name of the other.
  package let folded: [String: [String]]
  /// Seconds until the end of the pass over all layers, of the layers one by one, of the cure, and of the edits.
  package let seconds: [Double]
  /// The most memory that the process held so far, in bytes; nil where the system does not say.
  package let peakMemory: Int?
  package let notes: [String]

  /// Whether float32 and the 16-bit format decide alike often enough, and nothing breaks.
  package var meetsGoal: Bool { goal.isMet(by: baseline) }

  /// The samples from the worst on: broken outputs, flips and changed boxes first, then by SQNR.
  package var worstSamples: [SampleEntry] {
    samples.sorted { a, b in
      if a.effect.isBroken != b.effect.isBroken { return a.effect.isBroken }
      if a.changesDecision != b.changesDecision { return a.changesDecision }
      let left = a.boxes?.severity ?? 0, right = b.boxes?.severity ?? 0
      if left != right { return left > right }
      let x = a.effect.error.decibels, y = b.effect.error.decibels
      return x == y || x.isNaN || y.isNaN ? a.rank < b.rank : x < y
    }
  }

  package func unit(_ key: Int) -> UnitStatistics? { units.first { $0.unit.key == key } }

  /// The nodes of a unit with those that were folded into them, as the ONNX file names them.
  package func nodes(of unit: TwinPlan.Unit) -> [String] {
    unit.nodes.flatMap { [$0] + (folded[$0] ?? []) }
  }

  /// The nodes that the cure keeps in float32, in the network's order.
  package var keptNodes: [String] {
    (cure?.kept ?? []).flatMap { key in unit(key).map { nodes(of: $0.unit) } ?? [] }
  }
}
