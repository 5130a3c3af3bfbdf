/// Resizes pictures; keeps the memory and the weights of the last one for the next.
///
/// Not for several threads; each worker has its own.
package final class Resampler {
  private let between = Image()
  private var horizontal: ResampleWeights?
  private var vertical: ResampleWeights?

  package init() {}

  /// Resizes `source` to `width` x `height` and puts the pixels of `window`, a part of the result, into `target`.
  ///
  /// The pixels outside the window are never computed; those inside do not depend on it.
  package func resize(
    _ source: Image, width: Int, height: Int, window: PixelWindow, filter: ResizeFilter, into target: Image
  ) {
    precondition(
      window.x >= 0 && window.y >= 0 && window.x + window.width <= width && window.y + window.height <= height,
      "the window must lie inside the resized image")
    target.reshape(width: window.width, height: window.height, channels: source.channels)
    switch filter {
    case .nearest: resizeNearest(source, width: width, height: height, window: window, into: target)
    case .openCVBilinear: resizeLikeOpenCV(source, width: width, height: height, window: window, into: target)
    case .bilinear, .bicubic:
      resizeAntialiased(source, width: width, height: height, window: window, filter: filter, into: target)
    }
  }

  /// Two passes with a rounding to 8 bits between them, horizontal first, as Pillow does.
  private func resizeAntialiased(
    _ source: Image, width: Int, height: Int, window: PixelWindow, filter: ResizeFilter, into target: Image
  ) {
    let rows = ResampleWeights.Key(
      source: source.height, target: height, filter: filter, window: window.y..<window.y + window.height)
    if vertical?.key != rows { vertical = ResampleWeights(rows) }
    let columns = ResampleWeights.Key(
      source: source.width, target: width, filter: filter, window: window.x..<window.x + window.width)
    if horizontal?.key != columns { horizontal = ResampleWeights(columns) }
    guard let vertical, let horizontal else { return }
    let needed = vertical.sourceRange
    between.reshape(width: window.width, height: needed.count, channels: source.channels)
    resampleRows(of: source, needed, horizontal, into: between)
    resampleColumns(of: between, firstRow: needed.lowerBound, vertical, into: target)
  }
}
