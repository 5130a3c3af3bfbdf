package import Executor
package import TensorCore

/// What one worker measures, sample by sample, with a session of its own.
package final class SampleAudit {
  /// The units of the audit, by ``TwinPlan/Unit/key``.
  private let places: [Int: Int]
  private let unitCount: Int
  /// By place; counts, which merge in any order.
  package private(set) var spans: [ValueSpan]

  package init(units: [TwinPlan.Unit], format: NarrowFormat) {
    places = Dictionary(units.enumerated().map { ($0.element.key, $0.offset) }) { first, _ in first }
    unitCount = units.count
    spans = units.map { _ in ValueSpan(format) }
  }

  /// One sample's measurements.
  package struct Result: Sendable {
    package let units: [UnitMeasurement]
    package let effect: OutputEffect
  }

  /// Runs the sample that `session` has loaded: each unit by itself, then all of them in 16 bits.
  ///
  /// - Parameter kept: Keys of the units that stay in float32 in the run of the whole network.
  package func measure(_ session: TwinSession, keeping kept: Set<Int> = []) throws(OperatorError) -> Result {
    let places = session.plan.units.map { self.places[$0.key] }
    var units = Array(repeating: UnitMeasurement(), count: unitCount)
    try session.runEach { unit, reference, result in
      guard let place = places[unit] else { return }
      units[place].local.add(reference, result)
      units[place].channels.add(reference, result)
      guard reference.elementType == .float32 else { return }
      unsafe spans[place].add(reference.base.assumingMemoryBound(to: Float.self), count: reference.count)
    }
    let isKept = session.plan.units.map { kept.contains($0.key) }
    try session.run(narrow: { !isKept[$0] }) { unit, reference, result in
      if let place = places[unit] { units[place].total.add(reference, result) }
    }
    return Result(units: units, effect: OutputEffect(reference: session.wideOutputs, narrow: session.outputs))
  }

  /// The effect of one unit alone in 16 bits on the outputs; nil where the unit is not in the session's plan.
  package static func effect(ofUnit key: Int, _ session: TwinSession) throws(OperatorError) -> OutputEffect? {
    guard let place = session.plan.units.firstIndex(where: { $0.key == key }) else { return nil }
    try session.run(narrow: { $0 == place }, from: place)
    return OutputEffect(reference: session.wideOutputs, narrow: session.outputs)
  }

  /// The effect of the whole network in 16 bits but for `kept`.
  package static func effect(keeping kept: Set<Int>, _ session: TwinSession) throws(OperatorError) -> OutputEffect {
    let isKept = session.plan.units.map { kept.contains($0.key) }
    try session.run(narrow: { !isKept[$0] })
    return OutputEffect(reference: session.wideOutputs, narrow: session.outputs)
  }
}
