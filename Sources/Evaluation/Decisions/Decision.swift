/// What a classifier says of one sample: the place of the largest of its outputs.
package struct Decision: Sendable, Hashable {
  /// The first place of the largest output; NaN never wins.
  package let best: Int
  /// The first place of the largest of the others; nil where there is no other number.
  package let runnerUp: Int?
  /// By how much the best output exceeds the runner-up, in the outputs' unit; infinite where there is no runner-up.
  package let margin: Float

  /// - Parameter outputs: One per class, logits or probabilities.
  /// - Returns: Nil where every output is NaN, or there is none: then there is no decision.
  package init?(_ outputs: Span<Float>) {
    var best: Int?
    var second: Int?
    for i in outputs.indices where !outputs[i].isNaN {
      if let leader = best, !(outputs[i] > outputs[leader]) {
        if let next = second, !(outputs[i] > outputs[next]) { continue }
        second = i
      } else {
        second = best
        best = i
      }
    }
    guard let best else { return nil }
    self.best = best
    runnerUp = second
    // Equal infinities are a tie, though their difference is no number.
    margin = second.map { outputs[best] == outputs[$0] ? 0 : outputs[best] - outputs[$0] } ?? .infinity
  }

  package init?(_ outputs: [Float]) { self.init(outputs.span) }
}

/// Where the right class stands among a classifier's outputs.
package enum LabelRank {
  /// How many classes are placed before `label`: 0 where it is the decision. Of equal outputs the first is placed
  /// first. Nil where there is no such class or its output is NaN.
  package static func rank(of label: Int, in outputs: Span<Float>) -> Int? {
    guard outputs.indices.contains(label), !outputs[label].isNaN else { return nil }
    let own = outputs[label]
    var before = 0
    for i in outputs.indices where outputs[i] > own || (outputs[i] == own && i < label) { before += 1 }
    return before
  }

  package static func rank(of label: Int, in outputs: [Float]) -> Int? { rank(of: label, in: outputs.span) }
}
