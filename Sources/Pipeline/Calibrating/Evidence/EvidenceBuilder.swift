import Calibration
import CalibrationData
import Executor
import Foundation
import TensorCore

/// Works out evidence from the statistics of single segments: a pure function of them.
struct EvidenceBuilder: Sendable {
  let plan: SegmentPlan
  let blocks: [BlockReference]
  let tensors: [Network.ObservableTensor]
  let uses: [TensorUse]
  let estimator: any RangeEstimator
  let workers: Int
  /// Whether intervals are wanted.
  let drawsAnew: Bool

  /// How often the set is drawn anew. The least and the greatest of 20 results enclose 19 of 21 further ones on average.
  private static let resamples = 20

  /// - Parameters:
  ///   - calibrated: The tensors with their final ranges.
  ///   - listed: For each of them its index into ``tensors``.
  func evidence(for calibrated: [CalibratedTensor], listed: [Int]) -> CalibrationEvidence {
    let draws = self.draws
    var results: [TensorEvidence] = parallelMap(listed.count, workers: workers) { position in
      if case .sameValues? = tensors[listed[position]].derivation {
        return TensorEvidence(scales: [], halfScale: nil, interval: nil, settledAt: nil, isUnsettled: false)
      }
      return evidence(of: listed[position], final: calibrated[position], draws: draws)
    }
    // What has the same values has the same evidence, unless its use makes it another scale.
    let place = Dictionary(listed.enumerated().map { ($1, $0) }) { first, _ in first }
    for position in listed.indices {
      guard case .sameValues(let source)? = tensors[listed[position]].derivation else { continue }
      if let known = place[source], calibrated[known].estimate.range?.amax == calibrated[position].estimate.range?.amax
      {
        results[position] = results[known]
      } else {
        results[position] = evidence(of: listed[position], final: calibrated[position], draws: draws)
      }
    }
    return CalibrationEvidence(
      prefixes: plan.prefixes, resampleCount: draws.count, groupCount: draws.isEmpty ? 0 : plan.groupCount,
      tensors: results,
      sufficientPrefix: sufficientPrefix(results))
  }

  /// What every method comes to from how many samples.
  ///
  /// - Parameter calibrated: The tensors with the statistics of all samples.
  func methods(for calibrated: [CalibratedTensor], listed: [Int], options: RangeOptions) -> [MethodEvidence] {
    let estimators = RangeMethod.all.compactMap { try? $0.make(options) }
    let byTensor: [[[Double]]] = parallelMap(listed.count, workers: workers) { position in
      ratios(of: listed[position], whole: calibrated[position].statistics, estimators)
    }
    var found: [MethodEvidence] = []
    for (index, estimator) in estimators.enumerated() {
      for (place, prefix) in plan.prefixes.enumerated() {
        let values = byTensor.compactMap { $0.isEmpty ? nil : $0[index][place] }
        guard let least = values.min() else { continue }
        found.append(
          MethodEvidence(
            method: type(of: estimator).name, samples: prefix,
            meanSQNR: values.reduce(0, +) / Double(values.count), leastSQNR: least))
      }
    }
    return found
  }

  /// By method and prefix; empty for a tensor without a range.
  private func ratios(
    of tensor: Int, whole: TensorCollector, _ estimators: [any RangeEstimator]
  ) -> [[Double]] {
    let seen = uses[tensor].masks == .exclude ? whole.withoutMasks().rest : whole
    let error = QuantizationError(seen)
    guard error.power > 0 else { return [] }
    var sum = TensorCollector()
    var byPrefix: [[Double]] = []
    for (segment, collector) in collectors(of: tensor).enumerated() {
      if let collector { sum.merge(collector) }
      guard plan.prefixes.contains(plan.range(of: segment).upperBound) else { continue }
      byPrefix.append(
        estimators.map { estimator in
          guard let range = estimator.range(of: sum, use: uses[tensor]).range else { return 0 }
          let noise = error.total(threshold: Double(range.amax)).sum
          // A tensor of a few values may have no error at all; 100 dB stand for that.
          return noise > 0 ? min(100, 10 * log10(error.power / noise)) : 100
        })
    }
    guard byPrefix.count == plan.prefixes.count else { return [] }
    return estimators.indices.map { method in byPrefix.map { $0[method] } }
  }

  /// For each resample, how often each group is taken: as many draws as there are groups, always the same ones.
  private var draws: [[Int]] {
    guard drawsAnew, plan.groupCount >= SegmentPlan.fewestDrawn else { return [] }
    return (0..<Self.resamples).map { resample in
      var generator = SplitMix64(seed: 0x5eed_0000 + UInt64(resample))
      var times = Array(repeating: 0, count: plan.groupCount)
      for _ in times { times[generator.next(below: plan.groupCount)] += 1 }
      return times
    }
  }

  private func evidence(of tensor: Int, final: CalibratedTensor, draws: [[Int]]) -> TensorEvidence {
    let segments = collectors(of: tensor)
    let quick = estimator.quick
    func scale(_ collector: TensorCollector) -> Float? { quick.range(of: collector, use: uses[tensor]).range?.scale }
    let isApproximate = estimator.isQuickApproximate

    let finalScale = final.estimate.range?.scale
    // What the scales of other parts are compared with: found in the same way.
    var wholeScale = finalScale
    var scales: [Float?] = []
    var halfScale: Float?
    var sum = TensorCollector()
    for (segment, collector) in segments.enumerated() {
      if let collector { sum.merge(collector) }
      let end = plan.range(of: segment).upperBound
      let isPrefix = plan.prefixes.contains(end)
      if end == plan.count {
        scales.append(finalScale)
        if finalScale != nil, isApproximate { wholeScale = scale(sum) }
        continue
      }
      let isHalf = end == plan.count / 2
      let found = isPrefix || (isHalf && !isApproximate) ? scale(sum) : nil
      if isPrefix { scales.append(found) }
      // The verdict rests on this one scale: no noise of a quick search in it.
      if isHalf { halfScale = isApproximate ? estimator.range(of: sum, use: uses[tensor]).range?.scale : found }
    }
    var drawn: [Float] = []
    if !draws.isEmpty, finalScale != nil {
      let groups = groups(of: segments, like: sum)
      for times in draws {
        var resample = TensorCollector()
        for (group, count) in times.enumerated() { for _ in 0..<count { resample.merge(groups[group]) } }
        if let found = scale(resample) { drawn.append(found) }
      }
    }
    let ends = drawn.min().flatMap { least in drawn.max().map { least...$0 } }
    return TensorEvidence(
      scales: scales, halfScale: halfScale, interval: ends, settledAt: settledAt(scales.dropLast() + [wholeScale]),
      isUnsettled: finalScale.map {
        !Self.isNear(halfScale, $0, within: CalibrationEvidence.unsettledTolerance)
      } ?? false)
  }

  /// The statistics of each segment.
  private func collectors(of tensor: Int) -> [TensorCollector?] {
    var result = [TensorCollector?](repeating: nil, count: plan.segmentCount)
    if blocks.contains(where: { $0.block.places[tensor] != nil }) {
      for block in blocks {
        guard let collector = block.collector(tensor) else { continue }
        let segment = block.block.segment
        // What is there alone need not be added to nothing; a segment of an interrupted run has several blocks.
        if result[segment] == nil { result[segment] = collector } else { result[segment]?.merge(collector) }
      }
      return result
    }
    switch tensors[tensor].derivation {
    case .sameValues(let source)?: return collectors(of: source)
    case .relu(let source)?: return collectors(of: source).map { $0?.relu() }
    case .concatenation(let sources)?:
      for source in sources {
        for (segment, collector) in collectors(of: source).enumerated() {
          guard let collector else { continue }
          var sum = result[segment] ?? TensorCollector()
          sum.merge(collector)
          result[segment] = sum
        }
      }
      return result
    case .clip?, nil: return result
    }
  }

  private func groups(of segments: [TensorCollector?], like whole: TensorCollector) -> [TensorCollector] {
    var groups = Array(repeating: TensorCollector(), count: plan.groupCount)
    for (segment, collector) in segments.enumerated() {
      if let collector { groups[plan.group(of: segment)].merge(collector) }
    }
    return groups
  }

  /// The first prefix from which on all scales are near that of the last.
  private func settledAt(_ scales: [Float?]) -> Int? {
    guard let final = scales.last ?? nil else { return nil }
    var first: Int?
    for (prefix, scale) in zip(plan.prefixes, scales).reversed() {
      guard Self.isNear(scale, final, within: CalibrationEvidence.nearTolerance) else { break }
      first = prefix
    }
    return first
  }

  private func sufficientPrefix(_ results: [TensorEvidence]) -> Int? {
    let places = results.compactMap(\.settledAt)
    guard !places.isEmpty else { return nil }
    return plan.prefixes.first { prefix in
      Double(places.count { $0 <= prefix }) >= CalibrationEvidence.settledShare * Double(places.count)
    }
  }

  private static func isNear(_ scale: Float?, _ final: Float, within tolerance: Double) -> Bool {
    guard let scale else { return false }
    return abs(Double(scale) / Double(final) - 1) <= tolerance
  }
}
