import TensorCore

/// Operators of object detectors.
let detection: [OperatorEntry] = [
  OperatorEntry("NonMaxSuppression", since: 10, NonMaxSuppression.self),
  OperatorEntry("RoiAlign", since: 10, Widened<RoiAlign>.self),
]

/// [NonMaxSuppression](https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html): for each image and class, boxes by falling
/// score, without those that overlap a better one by more than a threshold.
///
/// Boxes are `[images, boxes, 4]`, scores `[images, classes, boxes]`; the result is rows of image, class and box.
private struct NonMaxSuppression: Operator, Kernel {
  let isCentered: Bool
  init(_ node: NodeReader) throws(OperatorError) { isCentered = try node.flag("center_point_box") }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let boxes = try operands.required(0, .float32), scores = try operands.required(1, .float32)
    guard boxes.shape.rank == 3, boxes.shape[2] == 4, scores.shape.rank == 3, scores.shape[0] == boxes.shape[0],
      scores.shape[2] == boxes.shape[1]
    else {
      throw OperatorError(
        operands.node,
        .shape(expected: "boxes [N, B, 4] and scores [N, C, B]", found: "\(boxes.shape) and \(scores.shape)"))
    }
    return .dataDependent
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let boxes = try frame.input(0), scores = try frame.input(1)
    let limit = frame.optional(2)?.integers?.first ?? 0
    let overlapThreshold = frame.optional(3)?.floats?.first ?? 0
    let scoreThreshold = frame.optional(4)?.floats?.first
    let count = boxes.shape[1], classes = scores.shape[1]
    let values = scores.values(of: Float.self)
    var rows: [Int64] = []
    for image in 0..<boxes.shape[0] {
      let corners = (0..<count).map { Box(boxes.values(of: Float.self), (image * count + $0) * 4, isCentered) }
      for label in 0..<classes {
        let start = (image * classes + label) * count
        let order = (0..<count).filter { box in scoreThreshold.map { values[start + box] > $0 } ?? true }
          .sorted { values[start + $0] == values[start + $1] ? $0 < $1 : values[start + $0] > values[start + $1] }
        var chosen: [Int] = []
        for box in order where chosen.count < limit {
          if chosen.contains(where: { corners[$0].overlap(corners[box]) > overlapThreshold }) { continue }
          chosen.append(box)
          rows += [Int64(image), Int64(label), Int64(box)]
        }
      }
    }
    frame.outputs = [Tensor(rows, shape: [rows.count / 3, 3])]
  }

  private struct Box {
    let top: Float
    let left: Float
    let bottom: Float
    let right: Float

    init(_ values: Elements<Float>, _ start: Int, _ isCentered: Bool) {
      let (a, b, c, d) = (values[start], values[start + 1], values[start + 2], values[start + 3])
      if isCentered {
        (left, top, right, bottom) = (a - c / 2, b - d / 2, a + c / 2, b + d / 2)
      } else {
        (top, left, bottom, right) = (min(a, c), min(b, d), max(a, c), max(b, d))
      }
    }

    var area: Float { (bottom - top) * (right - left) }

    /// Intersection over union.
    func overlap(_ other: Box) -> Float {
      let height = min(bottom, other.bottom) - max(top, other.top)
      let width = min(right, other.right) - max(left, other.left)
      guard height > 0, width > 0 else { return 0 }
      let common = height * width
      return common / (area + other.area - common)
    }
  }
}

/// [RoiAlign](https://onnx.ai/onnx/operators/onnx__RoiAlign.html): regions of images, each resampled to one small extent by
/// bilinear interpolation at regular points.
struct RoiAlign: Operator, Kernel {
  enum Mode: String, CaseIterable {
    case avg, max
  }
  let mode: Mode
  let height: Int
  let width: Int
  let samplingRatio: Int
  let scale: Float
  /// Half a pixel off region borders, since opset 16.
  let offset: Float

  init(_ node: NodeReader) throws(OperatorError) {
    enum Transformation: String, CaseIterable {
      case halfPixel = "half_pixel"
      case outputHalfPixel = "output_half_pixel"
    }
    mode = try node.choice("mode", default: .avg)
    height = try node.int("output_height", default: 1)
    width = try node.int("output_width", default: 1)
    samplingRatio = try node.int("sampling_ratio", default: 0)
    scale = try node.float("spatial_scale", default: 1)
    let transformation: Transformation =
      node.opset < 16 ? .outputHalfPixel : try node.choice("coordinate_transformation_mode", default: .halfPixel)
    offset = transformation == .halfPixel ? 0.5 : 0
    guard (1...(1 << 16)).contains(height), (1...(1 << 16)).contains(width), (0...(1 << 10)).contains(samplingRatio)
    else {
      throw OperatorError(
        node.label,
        .attribute("output_height", expected: "positive extents", found: "\(height), \(width), \(samplingRatio)"))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32).shape, rois = try operands.required(1, .float32).shape
    let batch = try operands.required(2, .int64).shape
    guard x.rank == 4, rois.rank == 2, rois[1] == 4, batch == [rois[0]] else {
      throw OperatorError(
        operands.node, .shape(expected: "[N, C, H, W], [R, 4] and [R]", found: "\(x), \(rois) and \(batch)"))
    }
    return Outputs(TensorType([rois[0], x[1], height, width]))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), rois = try frame.input(1).values(of: Float.self)
    let images = try Positions(try frame.input(2), extent: x.shape[0], input: 2, node: frame.node)
    let y = frame.outputs[0].values(of: Float.self)
    let channels = x.shape[1], plane = x.shape[2] * x.shape[3]
    for roi in 0..<images.count {
      let (startX, startY) = (rois[roi * 4] * scale - offset, rois[roi * 4 + 1] * scale - offset)
      let (endX, endY) = (rois[roi * 4 + 2] * scale - offset, rois[roi * 4 + 3] * scale - offset)
      var (roiWidth, roiHeight) = (endX - startX, endY - startY)
      // Before half pixels were taken off, a region had at least one pixel.
      if offset == 0 { (roiWidth, roiHeight) = (Swift.max(roiWidth, 1), Swift.max(roiHeight, 1)) }
      let rows = SamplePoints(
        start: startY, bin: roiHeight / Float(height), bins: height, extent: x.shape[2], ratio: samplingRatio)
      let columns = SamplePoints(
        start: startX, bin: roiWidth / Float(width), bins: width, extent: x.shape[3], ratio: samplingRatio)
      for channel in 0..<channels {
        let image = x.values(of: Float.self).from((images[roi] * channels + channel) * plane)
        for row in 0..<height {
          for column in 0..<width {
            y[((roi * channels + channel) * height + row) * width + column] = pool(
              image, x.shape[3], rows, row, columns, column)
          }
        }
      }
    }
  }

  private func pool(
    _ image: Elements<Float>, _ stride: Int, _ rows: SamplePoints, _ row: Int, _ columns: SamplePoints, _ column: Int
  ) -> Float {
    var total: Float = 0, largest = -Float.infinity
    for i in rows.points(row) {
      for j in columns.points(column) {
        guard i.isInside, j.isInside else {
          largest = Swift.max(largest, 0)
          continue
        }
        let a = i.lowWeight * j.lowWeight * image[i.low * stride + j.low]
        let b = i.lowWeight * j.highWeight * image[i.low * stride + j.high]
        let c = i.highWeight * j.lowWeight * image[i.high * stride + j.low]
        let d = i.highWeight * j.highWeight * image[i.high * stride + j.high]
        total += a + b + c + d
        largest = Swift.max(largest, Swift.max(Swift.max(a, b), Swift.max(c, d)))
      }
    }
    let count = rows.perBin * columns.perBin
    return mode == .avg ? total / Float(Swift.max(count, 1)) : count == 0 ? 0 : largest
  }
}

/// Where along an axis the values of a region's bins are taken.
private struct SamplePoints {
  struct Point {
    let isInside: Bool
    let low: Int
    let high: Int
    let lowWeight: Float
    let highWeight: Float
  }
  let perBin: Int
  private let all: [Point]

  init(start: Float, bin: Float, bins: Int, extent: Int, ratio: Int) {
    // A region from a file may be of any extent, or NaN.
    let wanted = ratio > 0 ? Float(ratio) : bin.rounded(.up)
    perBin = wanted > 0 && wanted <= 4096 ? Int(wanted) : 0
    var points: [Point] = []
    for place in 0..<bins {
      for sample in 0..<perBin {
        let position = start + Float(place) * bin + (Float(sample) + 0.5) * bin / Float(perBin)
        points.append(SamplePoints.point(position, extent))
      }
    }
    all = points
  }

  private static func point(_ position: Float, _ extent: Int) -> Point {
    guard position >= -1, position <= Float(extent), extent > 0 else {
      return Point(isInside: false, low: 0, high: 0, lowWeight: 0, highWeight: 0)
    }
    let inside = max(position, 0)
    let low = min(Int(inside), extent - 1), high = min(low + 1, extent - 1)
    let weight = low == high ? 0 : inside - Float(low)
    return Point(isInside: true, low: low, high: high, lowWeight: 1 - weight, highWeight: weight)
  }

  func points(_ bin: Int) -> ArraySlice<Point> { all[(bin * perBin)..<((bin + 1) * perBin)] }
}
