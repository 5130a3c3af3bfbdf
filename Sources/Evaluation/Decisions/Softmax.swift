import Foundation

/// Turns outputs into probabilities.
package enum Probabilities {
  /// Whether the outputs are probabilities already: none negative, and their sum within 1e-3 of 1.
  package static func are(_ outputs: [Float]) -> Bool {
    guard outputs.count > 1, outputs.allSatisfy({ $0 >= 0 && $0 <= 1.001 }) else { return false }
    let total = outputs.reduce(0.0) { $0 + Double($1) }
    return abs(total - 1) < 1e-3
  }

  /// `exp(xᵢ) / Σ exp(xⱼ)`, computed in binary64 around the largest. NaN counts as the least; without any number all
  /// are equal.
  package static func softmax(_ logits: [Float]) -> [Double] {
    var top = -Double.infinity
    for x in logits where Double(x) > top { top = Double(x) }
    guard top.isFinite else { return Array(repeating: 1 / Double(max(logits.count, 1)), count: logits.count) }
    var result = logits.map { $0.isNaN ? 0 : exp(Double($0) - top) }
    let total = result.reduce(0, +)
    for i in result.indices { result[i] /= total }
    return result
  }
}
