package import Executor
import Foundation
package import PrecisionAudit
import TensorCore

/// What `qtool fp16-audit` is asked to do: a recipe, and what no recipe holds.
package struct AuditSettings: Sendable {
  package var recipe: Recipe
  package var arithmetic = NarrowArithmetic(.fp16)
  /// What a cure must keep to; nil for ``CureGoal/standard(hasDecisions:)``.
  package var goal: CureGoal?
  /// How many seconds the sensitivity and the search for a cure may take; nil for as long as it takes.
  package var budget: Double?
  /// Whether single layers are measured and a cure is looked for.
  package var looksForCure = true
  /// Where measurements are saved as the run goes on, to be removed at its end unless ``budget`` ended it; nil for
  /// nowhere.
  package var statePath: String?
  /// Whether the run goes on from what is saved there.
  package var resumes = false
  package var plugins: [String] = []
  package var onBadSample = SampleRunner.BadSamplePolicy.fail
  /// How many samples run at the same time; nil for one per core.
  package var threads: Int?
  /// How many of the worst samples are listed.
  package var worstSampleCount = 12

  package init(recipe: Recipe) { self.recipe = recipe }
}
