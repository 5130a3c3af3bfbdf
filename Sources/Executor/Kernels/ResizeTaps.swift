import Glibc

/// Which elements of an axis make each element of the resampled axis, and with which weights.
///
/// Formulas: [Resize](https://onnx.ai/onnx/operators/onnx__Resize.html).
struct ResizeTaps: Sendable {
  enum Coordinates: String, CaseIterable {
    case halfPixel = "half_pixel"
    case halfPixelSymmetric = "half_pixel_symmetric"
    case pytorchHalfPixel = "pytorch_half_pixel"
    case alignCorners = "align_corners"
    case asymmetric
    case halfPixelForNearest = "tf_half_pixel_for_nn"
    case cropAndResize = "tf_crop_and_resize"
  }

  enum Filter: String, CaseIterable {
    case nearest, linear, cubic
    /// What Upsample called linear in its first version.
    case bilinear
  }

  enum Nearest: String, CaseIterable {
    case preferFloor = "round_prefer_floor"
    case preferCeil = "round_prefer_ceil"
    case floor, ceil
  }

  struct Rule: Sendable {
    let filter: Filter
    let coordinates: Coordinates
    private let nearest: Nearest
    /// Whether the operator is of before Resize-11.
    private let isFirst: Bool
    let cubicCoefficient: Float
    let excludeOutside: Bool
    let antialias: Bool
    /// What stands outside the region.
    let extrapolation: Float

    init(_ node: NodeReader) throws(OperatorError) {
      filter = try node.choice("mode", default: .nearest)
      // Upsample and the first Resize knew no modes: they scaled positions and cut.
      isFirst = node.opset < 11 || node.label.opType == "Upsample"
      coordinates = try isFirst ? .asymmetric : node.choice("coordinate_transformation_mode", default: .halfPixel)
      nearest = try isFirst ? .floor : node.choice("nearest_mode", default: .preferFloor)
      cubicCoefficient = try node.float("cubic_coeff_a", default: -0.75)
      excludeOutside = try node.flag("exclude_outside")
      antialias = try node.flag("antialias")
      extrapolation = try node.float("extrapolation_value", default: 0)
    }

    /// How positions along an axis are rounded that is resampled by `scale`. The first Resize left it open: as
    /// onnxruntime does it, up where the axis shrinks.
    func nearest(scale: Float) -> Nearest { isFirst && scale < 1 ? .ceil : nearest }
  }

  /// For each output element, its taps are `starts[i]..<ends[i]` of ``positions`` and ``weights``.
  private(set) var starts: [Int] = []
  private(set) var ends: [Int] = []
  private(set) var positions: [Int] = []
  private(set) var weights: [Float] = []
  /// A constant instead of taps, for elements that lie outside a region.
  private(set) var outside: [Float?] = []

  /// - Parameters:
  ///   - scale: The factor that led to `output`.
  ///   - region: The part of the axis that is resampled, where ``Coordinates/cropAndResize`` asks for one: 0 is the middle of
  ///     the first element, 1 that of the last.
  init(_ rule: Rule, input: Int, output: Int, scale: Float, region: (start: Float, end: Float)? = nil) {
    for index in 0..<output {
      starts.append(positions.count)
      let position: Float
      if let region {
        position = ResizeTaps.source(of: index, in: region, input: input, output: output)
        let isInside = position >= 0 && position <= Float(input - 1)
        outside.append(isInside ? nil : rule.extrapolation)
        guard isInside else {
          ends.append(positions.count)
          continue
        }
      } else {
        outside.append(nil)
        position = ResizeTaps.source(of: index, rule.coordinates, input: input, output: output, scale: scale)
      }
      switch rule.filter {
      case .nearest: addNearest(position, rule.nearest(scale: scale), input)
      case .linear, .bilinear:
        let stretch = rule.antialias && scale < 1 ? scale : 1
        addFiltered(position, support: 1 / stretch, input, rule.excludeOutside) { distance in
          max(0, 1 - abs(distance) * stretch)
        }
      case .cubic:
        let stretch = rule.antialias && scale < 1 ? scale : 1
        let a = rule.cubicCoefficient
        addFiltered(position, support: 2 / stretch, input, rule.excludeOutside) { distance in
          ResizeTaps.cubic(abs(distance) * stretch, a)
        }
      }
      ends.append(positions.count)
    }
  }

  /// The input position that the output position `index` looks at.
  private static func source(
    of index: Int, _ coordinates: Coordinates, input: Int, output: Int, scale: Float
  ) -> Float {
    let x = Float(index)
    switch coordinates {
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .halfPixelSymmetric:
      let adjustment = Float(output) / (scale * Float(input))
      let offset = Float(input) / 2 * (1 - adjustment)
      return offset + (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return output > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .alignCorners:
      // The resized length as the scale gives it, which may lie between two extents.
      let length = scale * Float(input)
      return output > 1 && length > 1 ? x * Float(input - 1) / (length - 1) : 0
    case .asymmetric, .cropAndResize: return x / scale
    case .halfPixelForNearest: return (x + 0.5) / scale
    }
  }

  /// The same where a region of the axis is resampled.
  private static func source(
    of index: Int, in region: (start: Float, end: Float), input: Int, output: Int
  ) -> Float {
    let last = Float(input - 1)
    guard output > 1 else { return 0.5 * (region.start + region.end) * last }
    return region.start * last + Float(index) * (region.end - region.start) * last / Float(output - 1)
  }

  private mutating func addNearest(_ position: Float, _ rule: Nearest, _ input: Int) {
    let rounded: Float
    switch rule {
    case .floor: rounded = position.rounded(.down)
    case .ceil: rounded = position.rounded(.up)
    case .preferFloor: rounded = (position - 0.5).rounded(.up)
    case .preferCeil: rounded = (position + 0.5).rounded(.down)
    }
    positions.append(min(max(Int(rounded), 0), input - 1))
    weights.append(1)
  }

  /// Adds every element nearer than `support`, weighted by its distance; weights are made to sum to 1.
  ///
  /// - Parameter dropOutside: Whether taps outside the axis are left out, rather than moved to its border.
  private mutating func addFiltered(
    _ position: Float, support: Float, _ input: Int, _ dropOutside: Bool, _ weight: (Float) -> Float
  ) {
    let first = Int((position - support).rounded(.down)) + 1
    let last = Int((position + support).rounded(.up)) - 1
    let start = weights.count
    var total: Float = 0
    for place in first...max(first, last) {
      if dropOutside && !(0..<input).contains(place) { continue }
      let value = weight(Float(place) - position)
      positions.append(min(max(place, 0), input - 1))
      weights.append(value)
      total += value
    }
    guard total != 0 else { return }
    for index in start..<weights.count { weights[index] /= total }
  }

  /// Keys' kernel (1981) with parameter `a`.
  private static func cubic(_ distance: Float, _ a: Float) -> Float {
    if distance <= 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
    if distance < 2 { return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a }
    return 0
  }
}
