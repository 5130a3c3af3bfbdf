import Foundation

/// ``OutputEffect``s of many samples, added by ascending rank.
package struct EffectTotals: Sendable, Hashable, Codable {
  package private(set) var error = ErrorStatistics()
  package private(set) var samples = 0
  /// Samples that have a decision in float32.
  package private(set) var decisions = 0
  package private(set) var flips = 0
  package private(set) var topFiveChanges = 0
  /// Samples of which an output became infinite or NaN.
  package private(set) var broken = 0
  private var lostMargins = 0.0
  private var margins = 0
  /// The rank of the sample with the lowest SQNR, and that SQNR in dB.
  package private(set) var worst: (rank: Int, decibels: Double)? {
    get { worstRank.map { ($0, worstDecibels) } }
    set { (worstRank, worstDecibels) = (newValue?.rank, newValue?.decibels ?? .infinity) }
  }
  private var worstRank: Int?
  private var worstDecibels = Double.infinity

  package init() {}

  package mutating func add(_ effect: OutputEffect, rank: Int) {
    error.merge(effect.error)
    samples += 1
    if effect.decision != nil { decisions += 1 }
    if effect.isFlip { flips += 1 }
    if effect.changesTopFive { topFiveChanges += 1 }
    if effect.isBroken { broken += 1 }
    if let loss = effect.marginLoss {
      lostMargins += loss
      margins += 1
    }
    let decibels = effect.error.decibels
    if worstRank == nil || decibels < worstDecibels { worst = (rank, decibels) }
  }

  /// A share of the samples that have a decision; 0 without any.
  package var flipShare: Double { decisions > 0 ? Double(flips) / Double(decisions) : 0 }
  /// The mean share of the margin that decisions lost; nil without any.
  package var meanMarginLoss: Double? { margins > 0 ? lostMargins / Double(margins) : nil }
}
