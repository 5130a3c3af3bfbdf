/// Finds a small set of units that must stay in float32 so that a goal is met.
///
/// Units are tried in the order of their measured effect. How many of them suffice is found by doubling and halving; then
/// each of them goes back to 16 bits, the least sensitive first, where the goal is still met without it. Every step is a
/// measured run of the mixed network, so what comes out is verified, and no single unit of it can be spared.
package struct CureSearch {
  package struct Result: Sendable {
    /// Keys of the units kept in float32, in the network's order; empty where none need be.
    package let kept: [Int]
    package let trial: MixedTrial
    package let meetsGoal: Bool
    /// Whether the search ended by itself, so that no kept unit can be spared; false where the time ran out.
    package let isMinimal: Bool
    package let trialCount: Int
  }

  package let goal: CureGoal
  /// Keys of the units, the most sensitive first.
  package let ranking: [Int]
  /// How many trials pruning may take.
  package var mostTrials = 200

  package init(_ goal: CureGoal, ranking: [Int]) {
    self.goal = goal
    self.ranking = ranking
  }

  /// - Parameters:
  ///   - baseline: The network with every unit in 16 bits.
  ///   - isOver: Whether the time has run out.
  ///   - measure: Runs the samples with these units in float32.
  package func run<Failure: Error>(
    baseline: MixedTrial, isOver: () -> Bool = { false }, measure: (Set<Int>) throws(Failure) -> MixedTrial
  ) throws(Failure) -> Result {
    guard !goal.isMet(by: baseline) else {
      return Result(kept: [], trial: baseline, meetsGoal: true, isMinimal: true, trialCount: 0)
    }
    var trials = 0
    func attempt(_ kept: Set<Int>) throws(Failure) -> (MixedTrial, Bool) {
      trials += 1
      let trial = try measure(kept)
      return (trial, goal.isMet(by: trial))
    }
    // The least number of leading units that meets the goal.
    var tooFew = 0, enough = 1
    var best = baseline
    while true {
      let (trial, isMet) = try attempt(Set(ranking.prefix(enough)))
      best = trial
      if isMet { break }
      guard enough < ranking.count, !isOver() else {
        return Result(
          kept: ranking.prefix(enough).sorted(), trial: trial, meetsGoal: false, isMinimal: false, trialCount: trials)
      }
      tooFew = enough
      enough = min(2 * enough, ranking.count)
    }
    while enough - tooFew > 1, !isOver() {
      let middle = (tooFew + enough) / 2
      let (trial, isMet) = try attempt(Set(ranking.prefix(middle)))
      if isMet { (enough, best) = (middle, trial) } else { tooFew = middle }
    }
    // What stands in the way of a larger set need not be needed itself.
    var kept = Array(ranking.prefix(enough))
    var isMinimal = true
    var place = kept.count - 1
    while place >= 0 {
      guard trials < mostTrials, !isOver() else {
        isMinimal = false
        break
      }
      var fewer = kept
      fewer.remove(at: place)
      let (trial, isMet) = try attempt(Set(fewer))
      if isMet { (kept, best) = (fewer, trial) }
      place -= 1
    }
    return Result(kept: kept.sorted(), trial: best, meetsGoal: true, isMinimal: isMinimal, trialCount: trials)
  }
}
