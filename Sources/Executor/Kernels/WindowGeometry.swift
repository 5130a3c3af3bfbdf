/// The attributes that Conv, ConvTranspose and the pools share: where windows lie on the spatial axes.
package struct WindowAttributes: Sendable {
  enum AutoPad: String, CaseIterable {
    case notSet = "NOTSET"
    case sameUpper = "SAME_UPPER"
    case sameLower = "SAME_LOWER"
    case valid = "VALID"
  }

  let kernel: [Int]?
  let strides: [Int]?
  let dilations: [Int]?
  let pads: [Int]?
  let autoPad: AutoPad
  let ceilMode: Bool

  init(_ node: NodeReader) throws(OperatorError) {
    kernel = try node.ints("kernel_shape")
    strides = try node.ints("strides")
    dilations = try node.ints("dilations")
    pads = try node.ints("pads")
    autoPad = try node.choice("auto_pad", default: .notSet)
    ceilMode = try node.flag("ceil_mode")
    for (key, list) in [("kernel_shape", kernel), ("strides", strides), ("dilations", dilations)] {
      guard let list, list.contains(where: { $0 < 1 || $0 > 1 << 24 }) else { continue }
      throw OperatorError(node.label, .attribute(key, expected: "positive ints", found: "\(list)"))
    }
    if let pads, pads.contains(where: { $0 < 0 || $0 > 1 << 24 }) {
      throw OperatorError(node.label, .attribute("pads", expected: "ints that are not negative", found: "\(pads)"))
    }
  }

  /// Places the windows on an image whose spatial extents are `input`.
  ///
  /// - Parameter kernel: The window's extents, from the attribute or from the weights.
  func geometry(
    input: [Int], kernel: [Int], node: NodeLabel
  ) throws(OperatorError) -> WindowGeometry {
    let rank = input.count
    for (key, list, count) in [
      ("kernel_shape", kernel, rank), ("strides", strides ?? [], rank), ("dilations", dilations ?? [], rank),
      ("pads", pads ?? [], 2 * rank),
    ] where !list.isEmpty && list.count != count {
      throw OperatorError(node, .attribute(key, expected: "\(count) ints", found: "\(list)"))
    }
    let steps = strides.flatMap { $0.isEmpty ? nil : $0 } ?? Array(repeating: 1, count: rank)
    let spread = dilations.flatMap { $0.isEmpty ? nil : $0 } ?? Array(repeating: 1, count: rank)
    let borders = pads.flatMap { $0.isEmpty ? nil : $0 } ?? Array(repeating: 0, count: 2 * rank)
    var axes: [WindowGeometry.Axis] = []
    for axis in 0..<rank {
      axes.append(
        try place(
          input: input[axis], kernel: kernel[axis], stride: steps[axis], dilation: spread[axis],
          pads: (borders[axis], borders[rank + axis]), node: node))
    }
    return WindowGeometry(axes: axes)
  }

  private func place(
    input: Int, kernel: Int, stride: Int, dilation: Int, pads: (begin: Int, end: Int), node: NodeLabel
  ) throws(OperatorError) -> WindowGeometry.Axis {
    let reach = (kernel - 1) * dilation + 1
    var begin = pads.begin, end = pads.end
    let output: Int
    switch autoPad {
    case .sameUpper, .sameLower:
      output = (input + stride - 1) / stride
      let total = max((output - 1) * stride + reach - input, 0)
      begin = autoPad == .sameUpper ? total / 2 : total - total / 2
      end = total - begin
    case .valid, .notSet:
      if autoPad == .valid { (begin, end) = (0, 0) }
      let room = input + begin + end - reach
      guard room >= 0 else {
        throw OperatorError(
          node, .shape(expected: "an image of at least \(reach - begin - end) along each axis", found: "\(input)"))
      }
      var count = (ceilMode ? room + stride - 1 : room) / stride + 1
      // A window that would begin in the padding behind the image is left out.
      if ceilMode, (count - 1) * stride >= input + begin { count -= 1 }
      output = count
    }
    return WindowGeometry.Axis(
      input: input, output: output, kernel: kernel, stride: stride, dilation: dilation, padBegin: begin, padEnd: end)
  }
}

/// Where the windows of a convolution or pool lie.
package struct WindowGeometry: Sendable {
  struct Axis: Sendable {
    let input: Int
    let output: Int
    let kernel: Int
    let stride: Int
    let dilation: Int
    let padBegin: Int
    let padEnd: Int

    /// The outputs whose window's tap `tap` falls on the image.
    func inside(tap: Int) -> Range<Int> {
      let shift = tap * dilation - padBegin
      // output * stride + shift must lie in 0..<input.
      let first = shift >= 0 ? 0 : (-shift + stride - 1) / stride
      let last = input - 1 - shift
      let end = last < 0 ? 0 : min(output, last / stride + 1)
      return min(first, end)..<end
    }

    /// An axis of extent 1 with nothing to slide over.
    static let single = Axis(input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0)
  }

  let axes: [Axis]

  var output: [Int] { axes.map(\.output) }
  var kernelCount: Int { axes.reduce(1) { $0 * $1.kernel } }
  var inputCount: Int { axes.reduce(1) { $0 * $1.input } }
  var outputCount: Int { axes.reduce(1) { $0 * $1.output } }

  /// Whether every window is a single element and every element has one.
  var isPointwise: Bool {
    axes.allSatisfy { $0.kernel == 1 && $0.stride == 1 && $0.padBegin == 0 && $0.padEnd == 0 }
  }

  /// The same windows with axes of extent 1 put in front, so that there are exactly three: depth, height, width.
  var threeAxes: (depth: Axis, height: Axis, width: Axis)? {
    guard (1...3).contains(axes.count) else { return nil }
    let padded = Array(repeating: Axis.single, count: 3 - axes.count) + axes
    return (padded[0], padded[1], padded[2])
  }
}
