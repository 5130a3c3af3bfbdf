/// A class for each pixel of a picture, rows from the top.
package struct ClassMap: Sendable, Hashable {
  /// What stands where there is no class: nothing was decided, or the label says that the pixel does not count.
  package static let none: Int32 = -1

  package let height: Int
  package let width: Int
  /// `height · width` classes from 0, or ``none``.
  package let classes: [Int32]

  /// Nil where the extents do not fit the classes.
  package init?(height: Int, width: Int, classes: [Int32]) {
    guard height > 0, width > 0, classes.count / width == height, classes.count.isMultiple(of: width) else {
      return nil
    }
    self.height = height
    self.width = width
    self.classes = classes
  }

  /// The map with another size: each pixel takes the class under its centre. Classes cannot be interpolated.
  package func resized(height: Int, width: Int) -> ClassMap {
    guard height > 0, width > 0, (height, width) != (self.height, self.width) else { return self }
    // The pixel whose centre is (2i + 1) / 2n of the way lies over the source's (2i + 1)·m / 2n, in whole numbers.
    let columns = (0..<width).map { (2 * $0 + 1) * self.width / (2 * width) }
    var result: [Int32] = []
    result.reserveCapacity(height * width)
    for y in 0..<height {
      let row = (2 * y + 1) * self.height / (2 * height) * self.width
      for x in columns { result.append(classes[row + x]) }
    }
    return ClassMap(height: height, width: width, classes: result) ?? self
  }
}

/// How an output becomes a ``ClassMap``.
package struct SegmentationDecoder: Sendable, Hashable {
  /// Which axis counts the classes.
  package enum Layout: String, Sendable, Hashable, CaseIterable {
    case nchw, nhwc
  }

  package var layout: Layout
  /// For an output with one channel: a pixel above it is of class 1, else of class 0. Nil where the one channel holds
  /// the class itself.
  package var threshold: Float?

  package init(layout: Layout = .nchw, threshold: Float? = nil) {
    self.layout = layout
    self.threshold = threshold
  }

  /// The class of the greatest score of each pixel, the first of equal ones; NaN is never the greatest, and a pixel of
  /// nothing but NaN has no class.
  ///
  /// - Parameters:
  ///   - extents: `[1, C, H, W]` or `[C, H, W]`, `[1, H, W, C]` or `[H, W, C]`; of one channel also `[1, H, W]` or
  ///     `[H, W]`.
  ///   - values: As many as the extents ask for.
  package func decode(extents: [Int], values: [Float]) throws(OutputMismatch) -> ClassMap {
    var shape = extents
    if shape.count == 4, shape[0] == 1 { shape.removeFirst() }
    if shape.count == 2 { shape = layout == .nchw ? [1] + shape : shape + [1] }
    guard shape.count == 3, shape.allSatisfy({ $0 > 0 }), shape.reduce(1, *) == values.count else {
      throw OutputMismatch(
        reader: "segmentation", expected: "an output [1, C, H, W] or [1, H, W]", found: "\(extents)")
    }
    let (channels, height, width) =
      layout == .nchw ? (shape[0], shape[1], shape[2]) : (shape[2], shape[0], shape[1])
    let classes =
      channels == 1 ? values.map(single) : greatest(values, channels: channels, pixels: height * width)
    guard let map = ClassMap(height: height, width: width, classes: classes) else {
      throw OutputMismatch(reader: "segmentation", expected: "an output [1, C, H, W]", found: "\(extents)")
    }
    return map
  }

  private func single(_ value: Float) -> Int32 {
    if let threshold { return value.isNaN ? ClassMap.none : value > threshold ? 1 : 0 }
    return Int32(exactly: value.rounded(.toNearestOrEven)).map { max($0, ClassMap.none) } ?? ClassMap.none
  }

  private func greatest(_ values: [Float], channels: Int, pixels: Int) -> [Int32] {
    let (channelStep, pixelStep) = layout == .nchw ? (pixels, 1) : (1, channels)
    return (0..<pixels).map { pixel in
      var best = ClassMap.none
      var score = Float.nan
      for channel in 0..<channels {
        let value = values[channel * channelStep + pixel * pixelStep]
        if value > score || (best == ClassMap.none && !value.isNaN) { (best, score) = (Int32(channel), value) }
      }
      return best
    }
  }
}

/// Why an output is not what its reader takes.
package struct OutputMismatch: Error, Sendable, Hashable, CustomStringConvertible {
  /// What reads the output: `segmentation`.
  package let reader: String
  package let expected: String
  package let found: String

  package init(reader: String, expected: String, found: String) {
    self.reader = reader
    self.expected = expected
    self.found = found
  }

  package var description: String { "\(reader): expected \(expected), found \(found); correct the recipe" }
}
