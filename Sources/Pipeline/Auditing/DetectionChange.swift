import Evaluation
import TensorCore

/// What 16 bits did to the boxes of one sample.
package struct DetectionChange: Sendable, Hashable {
  /// Objects that float32 finds.
  package let found: Int
  /// Those of them that the other run misses, and those that it alone finds.
  package let lost: Int
  package let added: Int
  /// The largest change of a score, and the least overlap, of boxes that both find; 0 and 1 where there are none.
  package let scoreChange: Float
  package let leastOverlap: Float

  package var isChange: Bool { lost + added > 0 }

  /// For ranking: lost and added boxes, then the score or the place that moved most.
  var severity: Float { Float(lost + added) + min(max(scoreChange, 1 - leastOverlap), 0.999) }

  /// `2 lost, 1 added`; `same 5, scores within 0.01`.
  var words: String {
    guard isChange else { return "same \(found), scores within \(rounded(scoreChange))" }
    let parts = [lost > 0 ? "\(lost) lost" : nil, added > 0 ? "\(added) added" : nil]
    return parts.compactMap(\.self).joined(separator: ", ") + " of \(found)"
  }

  private func rounded(_ value: Float) -> Float { (value * 1000).rounded(.up) / 1000 }
}

/// Reads boxes from a network's outputs, as a recipe declares, and compares two runs' boxes.
struct DetectionReading: Sendable {
  private let decoder: DetectionDecoder
  private let suppression: NonMaximumSuppression
  /// From this score on a box is an object that is found; weaker ones only count as counterparts.
  private let certainScore: Float

  init(_ recipe: DecoderRecipe) throws(PipelineError) {
    decoder = try recipe.decoder()
    suppression = try recipe.suppression()
    certainScore = max(0.3, suppression.leastScore)
  }

  /// Nil where the outputs are not what the decoder reads.
  func change(_ wide: [Tensor], _ narrow: [Tensor]) -> DetectionChange? {
    guard let a = boxes(wide), let b = boxes(narrow) else { return nil }
    return change(a, b)
  }

  /// Pairs boxes of one class that overlap by half or more, the best scores first.
  func change(_ wide: [Detection], _ narrow: [Detection]) -> DetectionChange {
    var free = Set(narrow.indices)
    var lost = 0, scoreChange: Float = 0, leastOverlap: Float = 1
    for box in wide {
      let partners = free.filter { narrow[$0].category == box.category && narrow[$0].box.overlap(box.box) >= 0.5 }
      let nearest = partners.max { x, y in
        (narrow[x].box.overlap(box.box), -x) < (narrow[y].box.overlap(box.box), -y)
      }
      guard let nearest else {
        if box.score >= certainScore { lost += 1 }
        continue
      }
      free.remove(nearest)
      guard max(box.score, narrow[nearest].score) >= certainScore else { continue }
      scoreChange = max(scoreChange, (box.score - narrow[nearest].score).magnitude)
      leastOverlap = min(leastOverlap, narrow[nearest].box.overlap(box.box))
    }
    return DetectionChange(
      found: wide.count { $0.score >= certainScore }, lost: lost,
      added: free.count { narrow[$0].score >= certainScore }, scoreChange: scoreChange, leastOverlap: leastOverlap)
  }

  private func boxes(_ outputs: [Tensor]) -> [Detection]? {
    let readable = outputs.compactMap { tensor in
      tensor.elementType == .float32
        ? DetectionDecoder.Output(extents: tensor.shape.dimensions, values: tensor.array(of: Float.self)) : nil
    }
    guard readable.count == outputs.count else { return nil }
    return (try? decoder.decode(readable, leastScore: suppression.leastScore)).map(suppression.apply)
  }
}
