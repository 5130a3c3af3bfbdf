package import Executor
package import TensorCore

/// What one sample shows of a unit.
package struct UnitMeasurement: Sendable {
  /// The unit in 16 bits on float32 inputs.
  package var local = ErrorStatistics()
  /// The whole network in 16 bits.
  package var total = ErrorStatistics()
  package var channels = ChannelErrors()

  package init() {}
}

/// What all samples show of a unit: a node and those fused into it.
package struct UnitStatistics: Sendable {
  package let unit: TwinPlan.Unit
  /// The float32 values of the unit's result.
  package var span: ValueSpan
  package private(set) var local = ErrorStatistics()
  package private(set) var total = ErrorStatistics()
  package private(set) var channels = ChannelErrors()
  package private(set) var worstSample: Int?
  package private(set) var worstDecibels = Double.infinity

  package init(_ unit: TwinPlan.Unit, _ format: NarrowFormat) {
    self.unit = unit
    span = ValueSpan(format)
  }

  /// Adds a sample; by ascending rank.
  package mutating func add(_ sample: UnitMeasurement, rank: Int) {
    local.merge(sample.local)
    total.merge(sample.total)
    channels.merge(sample.channels)
    let decibels = sample.local.decibels
    if worstSample == nil || decibels < worstDecibels {
      worstSample = rank
      worstDecibels = decibels
    }
  }

  /// The error that comes from the layers before: what of the total is not the unit's own, in dB of SQNR.
  package var inheritedDecibels: Double {
    guard total.broken == 0, local.broken == 0 else { return total.decibels }
    let inherited = total.noise - local.noise
    return inherited > 0 ? ErrorStatistics.decibels(signal: total.signal, noise: inherited) : .infinity
  }
}

extension ErrorStatistics {
  static func decibels(signal: Double, noise: Double) -> Double { 10 * (signal / noise).logarithm10 }
}
