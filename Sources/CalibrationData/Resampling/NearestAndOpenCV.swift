extension Resampler {
  /// Takes the source pixel under the centre of each resized one.
  ///
  /// The position is added up step by step in double precision, as Pillow does, for the last bit decides where a
  /// centre falls on the border of two pixels.
  func resizeNearest(_ source: Image, width: Int, height: Int, window: PixelWindow, into target: Image) {
    let columns = nearestPositions(source: source.width, target: width, window: window.x..<window.x + window.width)
    let rows = nearestPositions(source: source.height, target: height, window: window.y..<window.y + window.height)
    let channels = source.channels
    for (y, sourceRow) in rows.enumerated() {
      let from = unsafe source.base + sourceRow * source.rowBytes
      let to = unsafe target.base + y * target.rowBytes
      for (x, sourceColumn) in columns.enumerated() {
        for channel in 0..<channels { unsafe to[x * channels + channel] = from[sourceColumn * channels + channel] }
      }
    }
  }

  private func nearestPositions(source: Int, target: Int, window: Range<Int>) -> [Int] {
    let step = Double(source) / Double(target)
    var position = step * 0.5
    var found: [Int] = []
    for index in 0..<window.upperBound {
      if index >= window.lowerBound { found.append(min(Int(position), source - 1)) }
      position += step
    }
    return found
  }

  /// Interpolates between the four pixels around each centre with weights of 11 bits, as OpenCV does for 8-bit images.
  ///
  /// A reduction by exactly two in both directions is the mean of four pixels, as there.
  func resizeLikeOpenCV(_ source: Image, width: Int, height: Int, window: PixelWindow, into target: Image) {
    if source.width == 2 * width && source.height == 2 * height {
      halve(source, window: window, into: target)
      return
    }
    let columns = linearPositions(
      source: source.width, target: width, window: window.x..<window.x + window.width, isColumn: true)
    let rows = linearPositions(
      source: source.height, target: height, window: window.y..<window.y + window.height, isColumn: false)
    let channels = source.channels
    for (y, row) in rows.enumerated() {
      let upper = unsafe source.base + row.first * source.rowBytes
      let lower = unsafe source.base + row.second * source.rowBytes
      let to = unsafe target.base + y * target.rowBytes
      for (x, column) in columns.enumerated() {
        for channel in 0..<channels {
          let left = column.first * channels + channel, right = column.second * channels + channel
          let above = unsafe Int32(upper[left]) * column.firstWeight + Int32(upper[right]) * column.secondWeight
          let below = unsafe Int32(lower[left]) * column.firstWeight + Int32(lower[right]) * column.secondWeight
          let sum = ((row.firstWeight * (above >> 4)) >> 16) + ((row.secondWeight * (below >> 4)) >> 16)
          unsafe to[x * channels + channel] = UInt8(truncatingIfNeeded: (sum + 2) >> 2)
        }
      }
    }
  }

  private struct LinearPosition {
    var first: Int
    var second: Int
    var firstWeight: Int32
    var secondWeight: Int32
  }

  private func linearPositions(
    source: Int, target: Int, window: Range<Int>, isColumn: Bool
  ) -> [LinearPosition] {
    let scale = 1 / (Double(target) / Double(source))
    return window.map { index in
      let position = Float((Double(index) + 0.5) * scale - 0.5)
      var first = Int(position.rounded(.down))
      var part = position - Float(first)
      // Outside the outermost centres a column has one neighbour of weight 1, a row has the same neighbour twice: the
      // sum is the same, its rounding is not.
      if isColumn && first < 0 { (first, part) = (0, 0) }
      if isColumn && first >= source - 1 { (first, part) = (source - 1, 0) }
      return LinearPosition(
        first: max(first, 0), second: min(first + 1, source - 1),
        firstWeight: Int32(((1 - part) * 2048).rounded(.toNearestOrEven)),
        secondWeight: Int32((part * 2048).rounded(.toNearestOrEven)))
    }
  }

  private func halve(_ source: Image, window: PixelWindow, into target: Image) {
    let channels = source.channels
    for y in 0..<window.height {
      let upper = unsafe source.base + 2 * (window.y + y) * source.rowBytes
      let lower = unsafe upper + source.rowBytes
      for x in 0..<window.width {
        for channel in 0..<channels {
          let left = 2 * (window.x + x) * channels + channel, right = left + channels
          let sum = unsafe Int32(upper[left]) + Int32(upper[right]) + Int32(lower[left]) + Int32(lower[right])
          unsafe target.base[y * target.rowBytes + x * channels + channel] = UInt8(truncatingIfNeeded: (sum + 2) >> 2)
        }
      }
    }
  }
}
