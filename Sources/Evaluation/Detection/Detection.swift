/// A box with the sides parallel to the picture's, as shares of its width and height: so pictures of any size compare.
///
/// Intersection over union does not change when the axes are stretched.
package struct Box: Sendable, Hashable {
  package var left: Float
  package var top: Float
  package var right: Float
  package var bottom: Float

  package init(left: Float, top: Float, right: Float, bottom: Float) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  package init(centerX: Float, centerY: Float, width: Float, height: Float) {
    self.init(
      left: centerX - width / 2, top: centerY - height / 2, right: centerX + width / 2, bottom: centerY + height / 2)
  }

  /// 0 for a box without an inside, and for one of NaN.
  package var area: Float {
    let width = right - left, height = bottom - top
    return width > 0 && height > 0 ? width * height : 0
  }

  /// The share of this box that lies in `other`: 0 where this one has no inside.
  package func share(within other: Box) -> Float {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    return width > 0 && height > 0 && area > 0 ? width * height / area : 0
  }

  /// Intersection over union: 0 where the boxes do not meet, or neither has an inside.
  package func overlap(_ other: Box) -> Float {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    guard width > 0, height > 0 else { return 0 }
    let shared = width * height
    let union = area + other.area - shared
    return union > 0 ? shared / union : 0
  }
}

/// An object that a detector found.
package struct Detection: Sendable, Hashable {
  package let box: Box
  package let category: Int
  package let score: Float

  package init(box: Box, category: Int, score: Float) {
    self.box = box
    self.category = category
    self.score = score
  }
}

/// An object that is there.
package struct LabelledBox: Sendable, Hashable {
  package let box: Box
  package let category: Int
  /// Whether the box is around many objects of its class that nobody told apart. Finding some of them is neither right
  /// nor wrong: COCO passes over detections inside it.
  package let isCrowd: Bool

  package init(box: Box, category: Int, isCrowd: Bool = false) {
    self.box = box
    self.category = category
    self.isCrowd = isCrowd
  }
}

/// Which of overlapping detections stay.
package struct NonMaximumSuppression: Sendable, Hashable {
  /// Detections up to this score are dropped at once.
  package var leastScore: Float = 0.01
  /// How many of the best are looked at.
  package var candidates = 1000
  /// A detection goes when it overlaps a better one of its class by more.
  package var overlap: Float = 0.45
  /// How many are kept.
  package var most = 100

  package init() {}

  /// The detections that stay, best first; of equal scores the one that came first.
  package func apply(_ detections: [Detection]) -> [Detection] {
    let ranked = detections.enumerated().filter { $0.element.score > leastScore }
      .sorted { (-$0.element.score, $0.offset) < (-$1.element.score, $1.offset) }.prefix(candidates).map(\.element)
    var kept: [Detection] = []
    for detection in ranked {
      if kept.count >= most { break }
      let isCovered = kept.contains { $0.category == detection.category && $0.box.overlap(detection.box) > overlap }
      if !isCovered { kept.append(detection) }
    }
    return kept
  }
}
