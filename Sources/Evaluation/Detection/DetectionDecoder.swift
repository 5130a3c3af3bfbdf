import Foundation

/// How a detector's outputs become boxes: what a recipe declares.
package enum DetectionDecoder: Sendable, Hashable {
  /// One output `[1, 5 + classes, H, W]`: objectness, four of the box, class scores. For the cell `(x, y)`:
  /// `score = objectness^p · max(class)^(1 − p)`, centre `(x + tanh o₁) / W`, `(y + tanh o₂) / H`, size `σ(o₃)`,
  /// `σ(o₄)`.
  case cells(objectnessPower: Float)
  /// Two outputs: `[1, N, 4]` boxes as shares of the picture, and `[1, N, classes]` scores.
  case boxesAndScores(BoxesAndScores)
  /// For each stride an output `[1, 4 · bins + classes, H, W]`: for each side the distribution of its distance from the
  /// cell's centre in cells, then class logits. The distance is the expected bin; `score = σ(logit)`.
  case distributions(bins: Int)

  package struct BoxesAndScores: Sendable, Hashable {
    package enum Form: String, Sendable, Hashable, CaseIterable {
      /// Left, top, right, bottom.
      case corners
      /// Centre and size.
      case centers
    }

    package var form: Form
    /// What coordinates are divided by: the network's input size where they are pixels, else 1.
    package var width: Float
    package var height: Float
    /// A class that stands for "nothing here" and is never answered.
    package var background: Int?

    package init(form: Form, width: Float = 1, height: Float = 1, background: Int? = nil) {
      self.form = form
      self.width = width
      self.height = height
      self.background = background
    }
  }

  /// An output of the network: its extents and its elements in ONNX's order.
  package struct Output: Sendable {
    package let extents: [Int]
    package let values: [Float]

    package init(extents: [Int], values: [Float]) {
      self.extents = extents
      self.values = values
    }
  }

  /// Why outputs are not what the decoder reads.
  package struct Mismatch: Error, Sendable, CustomStringConvertible {
    package let expected: String
    package let found: String

    package var description: String { "detection decoder: expected \(expected), found \(found); correct the recipe" }
  }

  /// Every candidate above `leastScore`, before suppression.
  package func decode(_ outputs: [Output], leastScore: Float) throws(Mismatch) -> [Detection] {
    switch self {
    case .cells(let power):
      guard let output = outputs.first, let map = CellMap(output), map.channels > 5 else {
        throw Mismatch(expected: "an output [1, 5 + classes, H, W]", found: Self.words(outputs))
      }
      return decodeCells(map, power, leastScore)
    case .boxesAndScores(let form): return try decodePairs(outputs, form, leastScore)
    case .distributions(let bins):
      let maps = outputs.compactMap(CellMap.init)
      guard bins > 1, !maps.isEmpty, maps.count == outputs.count, maps.allSatisfy({ $0.channels > 4 * bins }) else {
        throw Mismatch(expected: "outputs [1, \(4 * bins) + classes, H, W]", found: Self.words(outputs))
      }
      return maps.flatMap { decodeDistributions($0, bins, leastScore) }
    }
  }

  private static func words(_ outputs: [Output]) -> String {
    outputs.map { "[" + $0.extents.map(String.init).joined(separator: ", ") + "]" }.joined(separator: " and ")
  }

  private struct CellMap {
    let channels: Int
    let height: Int
    let width: Int
    let values: [Float]

    init?(_ output: Output) {
      let extents =
        output.extents.count == 4 && output.extents[0] == 1 ? Array(output.extents.dropFirst()) : output.extents
      guard extents.count == 3, extents.allSatisfy({ $0 > 0 }), extents.reduce(1, *) == output.values.count else {
        return nil
      }
      (channels, height, width, values) = (extents[0], extents[1], extents[2], output.values)
    }

    func at(_ channel: Int, _ y: Int, _ x: Int) -> Float { values[(channel * height + y) * width + x] }

    /// For each cell, row by row, the channel from `first` on with the greatest value: the first of equal ones.
    func best(from first: Int) -> [Int] {
      let cells = height * width
      var best = [Int32](repeating: Int32(first), count: cells)
      var greatest = Array(values[first * cells..<(first + 1) * cells])
      unsafe best.withUnsafeMutableBufferPointer { best in
        unsafe greatest.withUnsafeMutableBufferPointer { greatest in
          unsafe values.withUnsafeBufferPointer { values in
            // Channel by channel, as they lie: many cells at a time.
            for channel in first + 1..<channels {
              let row = unsafe UnsafeBufferPointer(rebasing: values[channel * cells..<(channel + 1) * cells])
              for cell in 0..<cells {
                let isGreater = unsafe row[cell] > greatest[cell]
                unsafe best[cell] = isGreater ? Int32(channel) : best[cell]
                unsafe greatest[cell] = isGreater ? row[cell] : greatest[cell]
              }
            }
          }
        }
      }
      return best.map(Int.init)
    }
  }

  private func decodeCells(_ map: CellMap, _ power: Float, _ leastScore: Float) -> [Detection] {
    var detections: [Detection] = []
    let answers = map.best(from: 5)
    for y in 0..<map.height {
      for x in 0..<map.width {
        let best = answers[y * map.width + x]
        let score = pow(map.at(0, y, x), power) * pow(map.at(best, y, x), 1 - power)
        guard score > leastScore else { continue }
        let box = Box(
          centerX: (Float(x) + tanh(map.at(1, y, x))) / Float(map.width),
          centerY: (Float(y) + tanh(map.at(2, y, x))) / Float(map.height),
          width: sigmoid(map.at(3, y, x)), height: sigmoid(map.at(4, y, x)))
        detections.append(Detection(box: box, category: best - 5, score: score))
      }
    }
    return detections
  }

  private func decodePairs(
    _ outputs: [Output], _ form: BoxesAndScores, _ leastScore: Float
  ) throws(Mismatch) -> [Detection] {
    // Either order: the boxes are the output whose last axis is 4, the first of two such.
    guard outputs.count == 2, let place = outputs.firstIndex(where: { $0.extents.last == 4 }) else {
      throw Mismatch(expected: "outputs [1, N, 4] and [1, N, classes]", found: Self.words(outputs))
    }
    let boxes = outputs[place].values, scores = outputs[1 - place].values
    let count = boxes.count / 4
    guard count > 0, let classes = outputs[1 - place].extents.last, classes > 0, scores.count == count * classes else {
      throw Mismatch(expected: "as many scores as boxes", found: Self.words(outputs))
    }
    var detections: [Detection] = []
    for index in 0..<count {
      let a = boxes[4 * index] / form.width, b = boxes[4 * index + 1] / form.height
      let c = boxes[4 * index + 2] / form.width, d = boxes[4 * index + 3] / form.height
      let box =
        form.form == .corners
        ? Box(left: a, top: b, right: c, bottom: d) : Box(centerX: a, centerY: b, width: c, height: d)
      for category in 0..<classes where category != form.background {
        let score = scores[index * classes + category]
        if score > leastScore { detections.append(Detection(box: box, category: category, score: score)) }
      }
    }
    return detections
  }

  private func decodeDistributions(_ map: CellMap, _ bins: Int, _ leastScore: Float) -> [Detection] {
    var detections: [Detection] = []
    let answers = map.best(from: 4 * bins)
    for y in 0..<map.height {
      for x in 0..<map.width {
        let best = answers[y * map.width + x]
        let score = sigmoid(map.at(best, y, x))
        guard score > leastScore else { continue }
        let sides = (0..<4).map { side in
          let weights = Probabilities.softmax((0..<bins).map { map.at(side * bins + $0, y, x) })
          return Float(weights.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element })
        }
        let centerX = Float(x) + 0.5, centerY = Float(y) + 0.5
        let box = Box(
          left: (centerX - sides[0]) / Float(map.width), top: (centerY - sides[1]) / Float(map.height),
          right: (centerX + sides[2]) / Float(map.width), bottom: (centerY + sides[3]) / Float(map.height))
        detections.append(Detection(box: box, category: best - 4 * bins, score: score))
      }
    }
    return detections
  }

  private func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
}
