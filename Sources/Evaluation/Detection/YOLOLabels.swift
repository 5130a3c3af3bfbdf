/// Why a file of labels cannot be read.
package struct LabelFault: Error, Sendable, Hashable, CustomStringConvertible {
  package let place: String
  package let expected: String
  package let found: String

  package init(place: String, expected: String, found: String) {
    self.place = place
    self.expected = expected
    self.found = found
  }

  package var description: String { "\(place): expected \(expected), found \(found); correct the labels" }
}

/// Labels as YOLO's tools keep them: a line for each object, `class cx cy w h`, all but the class as shares of the
/// picture's width and height.
package enum YOLOLabels {
  package static func read(_ text: String, place: String) throws(LabelFault) -> [LabelledBox] {
    var boxes: [LabelledBox] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let fields = line.split(whereSeparator: \.isWhitespace)
      if fields.isEmpty { continue }
      let numbers = fields.dropFirst().prefix(4).compactMap { Float($0) }.filter(\.isFinite)
      guard fields.count >= 5, let category = Int(fields[0]), category >= 0, numbers.count == 4 else {
        throw LabelFault(
          place: "\(place), line \(index + 1)", expected: "a class from 0 and four numbers: class cx cy w h",
          found: "'\(line.prefix(60))'")
      }
      boxes.append(
        LabelledBox(
          box: Box(centerX: numbers[0], centerY: numbers[1], width: numbers[2], height: numbers[3]),
          category: category))
    }
    return boxes
  }
}
