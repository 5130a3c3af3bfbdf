package import Executor
package import TensorCore

/// What a 16-bit format does to one constant.
package struct ConstantAudit: Sendable, Hashable {
  package private(set) var count = 0
  package private(set) var nonZero = 0
  package private(set) var overflows = 0
  package private(set) var vanished = 0
  package private(set) var subnormals = 0
  /// Whole numbers that are not kept.
  package private(set) var lostIntegers = 0
  package private(set) var isWhole = true
  package private(set) var amax: Float = 0
  package private(set) var smallest: Float = .infinity
  package private(set) var least: Float = .infinity
  package private(set) var isFinite = true
  /// Channels, along the first axis or the one that yields outputs, of which rounding takes more than 2 % (in the sense
  /// of √(Σ error² / Σ w²)), with that share, in ascending order; overflow counts as all.
  package private(set) var spoiledChannels: [Int] = []
  package private(set) var channelCount = 0
  package private(set) var worstChannelError = 0.0

  /// - Parameter channelAxis: The axis of output channels; nil for none.
  package init(_ tensor: Tensor, _ arithmetic: NarrowArithmetic, channelAxis: Int?) {
    let format = arithmetic.format
    let values = tensor.array(of: Float.self)
    let axis = channelAxis.flatMap { $0 < tensor.shape.rank ? $0 : nil }
    let extents = tensor.shape.dimensions
    channelCount = axis.map { extents[$0] } ?? 1
    let inner = axis.map { extents.dropFirst($0 + 1).reduce(1, *) } ?? max(values.count, 1)
    var errors = Array(repeating: 0.0, count: max(channelCount, 1)), energies = errors
    for (i, value) in values.enumerated() {
      count += 1
      guard value.isFinite else {
        isFinite = false
        continue
      }
      least = min(least, value)
      guard value != 0 else { continue }
      nonZero += 1
      let magnitude = value.magnitude
      amax = max(amax, magnitude)
      smallest = min(smallest, magnitude)
      let channel = channelCount > 0 ? i / max(inner, 1) % channelCount : 0
      let rounded = round(value, arithmetic)
      if magnitude >= format.overflow { overflows += 1 }
      if rounded == 0 { vanished += 1 } else if magnitude < format.smallestNormal { subnormals += 1 }
      let isInteger = value == value.rounded(.towardZero)
      if !isInteger { isWhole = false } else if rounded != value { lostIntegers += 1 }
      let error = rounded.isFinite ? Double(rounded) - Double(value) : Double(value)
      errors[channel] += error * error
      energies[channel] += Double(value) * Double(value)
    }
    // A channel a thousand times smaller than the others is dead already.
    let faint = 1e-6 * (energies.max() ?? 0)
    for channel in errors.indices where energies[channel] > faint {
      let share = (errors[channel] / energies[channel]).squareRoot()
      worstChannelError = max(worstChannelError, share)
      if share > 0.02 { spoiledChannels.append(channel) }
    }
  }

  private func round(_ value: Float, _ arithmetic: NarrowArithmetic) -> Float {
    var result = arithmetic.format.rounded(value)
    if arithmetic.flushesSubnormals, result.magnitude < arithmetic.format.smallestNormal { result = 0 }
    return result
  }

  /// Large negative numbers, zeros and ones: what is added to scores to blot them out.
  package var looksLikeMask: Bool { least <= -10_000 && amax == -least && overflows > 0 && (count == 1 || isWhole) }
}
