package import TensorCore

/// What a choice of narrow layers does to the network's outputs for one sample.
package struct OutputEffect: Sendable, Hashable {
  /// Over all outputs.
  package private(set) var error = ErrorStatistics()
  /// The class that float32 decides for; nil where the network is no classifier.
  package private(set) var decision: Int?
  /// The class that this run decides for; nil also where no number is left.
  package private(set) var narrowDecision: Int?
  /// By how much the decision of float32 exceeds the best other class, in float32; nil where there is no decision.
  package private(set) var margin: Double?
  /// The same difference in this run: negative where the decision flips; nil where there is none.
  package private(set) var narrowMargin: Double?
  /// Whether the five best classes are others than in float32, in whatever order; false below ten classes.
  package private(set) var changesTopFive = false

  package var isFlip: Bool { decision != nil && decision != narrowDecision }
  package var isBroken: Bool { error.broken > 0 }
  /// What the decision lost of its margin, as a share of it; nil where there is none.
  package var marginLoss: Double? {
    guard let margin, let narrowMargin, margin > 0 else { return nil }
    return (margin - narrowMargin) / margin
  }

  package init(reference: [Tensor], narrow: [Tensor]) {
    for (a, b) in zip(reference, narrow) { error.add(a, b) }
    guard let a = reference.first, let b = narrow.first, let place = OutputEffect.classes(of: a), a.type == b.type
    else {
      return
    }
    let wide = Array(a.array(of: Float.self)[place]), low = Array(b.array(of: Float.self)[place])
    decision = OutputEffect.best(of: wide)
    narrowDecision = OutputEffect.best(of: low)
    if let decision {
      margin = OutputEffect.margin(of: decision, in: wide)
      narrowMargin = OutputEffect.margin(of: decision, in: low)
    }
    if wide.count >= 10 { changesTopFive = OutputEffect.topFive(wide) != OutputEffect.topFive(low) }
  }

  /// Where the classes' outputs lie: the whole of a float32 tensor `[C]` or `[1, C, 1, …]` with at least two of them;
  /// of a network with a fixed batch, whose samples are copies, the first.
  private static func classes(of tensor: Tensor) -> Range<Int>? {
    guard tensor.elementType == .float32, tensor.shape.rank >= 1 else { return nil }
    let extents = tensor.shape.dimensions
    if extents.count == 1 { return extents[0] >= 2 ? 0..<extents[0] : nil }
    guard extents[1] >= 2, extents[0] >= 1, extents.dropFirst(2).allSatisfy({ $0 == 1 }) else { return nil }
    return 0..<extents[1]
  }

  private static func best(of values: [Float]) -> Int? {
    var best: Int?
    for (i, value) in values.enumerated() where !value.isNaN {
      if let leader = best, values[leader] >= value { continue }
      best = i
    }
    return best
  }

  private static func margin(of place: Int, in values: [Float]) -> Double? {
    var rival = -Float.infinity
    for (i, value) in values.enumerated() where i != place && value > rival { rival = value }
    let margin = Double(values[place]) - Double(rival)
    return margin.isFinite ? margin : nil
  }

  private static func topFive(_ values: [Float]) -> Set<Int> {
    let order = values.indices.filter { !values[$0].isNaN }.sorted { (values[$1], $0) < (values[$0], $1) }
    return Set(order.prefix(5))
  }
}
