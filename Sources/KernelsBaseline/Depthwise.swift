import KernelInterface

/// A convolution of each channel by itself, vectors across channels. Products are added tap by tap, row by row.
func depthwise(
  _ task: WindowTask, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ epilogue: Epilogue
) {
  for y in 0..<task.height.output {
    var channel = 0
    while channel < task.channels {
      // The last vector ends with the last channel.
      let first = min(channel, task.channels &- lanes)
      unsafe DepthwiseLine(task, y, first, weights, bias, epilogue).run(task.width)
      channel &+= lanes
    }
  }
}

/// One row of output pixels, one vector of channels.
@safe
private struct DepthwiseLine {
  /// Tap 0 of the window of output pixel 0, in the first image row that a tap falls on; may lie before the image.
  let input: UnsafePointer<Float>
  let rowStep: Int
  let pixelStep: Int
  let tapStep: Int
  let rows: Int
  let weights: UnsafePointer<Float>
  let weightRowStep: Int
  let channels: Int
  let bias: Lanes
  let output: UnsafeMutablePointer<Float>
  let scale: Lanes
  let shift: Lanes
  let isScaled: Bool
  let residual: UnsafePointer<Float>?
  let lower: Lanes
  let upper: Lanes

  @inline(__always)
  init(
    _ task: WindowTask, _ y: Int, _ channel: Int, _ weights: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ epilogue: Epilogue
  ) {
    let height = task.height, width = task.width
    let taps = height.taps(of: y)
    channels = task.channels
    let row = y &* height.stride &- height.padBegin &+ taps.lowerBound &* height.dilation
    unsafe input = unsafe task.input + ((row &* width.input &- width.padBegin) &* channels &+ channel)
    rowStep = height.dilation &* width.input &* channels
    pixelStep = width.stride &* channels
    tapStep = width.dilation &* channels
    rows = taps.count
    weightRowStep = width.kernel &* channels
    unsafe self.weights = unsafe weights + (taps.lowerBound &* weightRowStep &+ channel)
    self.bias = unsafe load(bias + channel)
    let place = y &* width.output &* channels &+ channel
    unsafe output = unsafe task.output + place
    if let factors = unsafe epilogue.scale, let shifts = unsafe epilogue.shift {
      isScaled = true
      scale = unsafe load(factors + channel)
      shift = unsafe load(shifts + channel)
    } else {
      isScaled = false
      scale = Lanes()
      shift = Lanes()
    }
    unsafe residual = unsafe epilogue.residual.map { unsafe $0 + place }
    lower = Lanes(repeating: epilogue.lower)
    upper = Lanes(repeating: epilogue.upper)
  }

  @inline(__always)
  func run(_ width: WindowTask.Axis) {
    let inner = width.interior
    for x in 0..<inner.lowerBound { run(x, width.taps(of: x), InlineArray<1, Bool>(repeating: true)) }
    let whole = 0..<width.kernel
    var x = inner.lowerBound
    while x &+ 8 <= inner.upperBound {
      run(x, whole, InlineArray<8, Bool>(repeating: true))
      x &+= 8
    }
    while x &+ 2 <= inner.upperBound {
      run(x, whole, InlineArray<2, Bool>(repeating: true))
      x &+= 2
    }
    while x < width.output {
      run(x, width.taps(of: x), InlineArray<1, Bool>(repeating: true))
      x &+= 1
    }
  }

  /// `M` pixels from `x` on, of which `columns` are the taps on the image.
  @inline(__always)
  func run<let M: Int>(_ x: Int, _ columns: Range<Int>, _ tile: InlineArray<M, Bool>) {
    var sums = InlineArray<M, Lanes>(repeating: bias)
    let start = unsafe input + x &* pixelStep
    for row in 0..<rows {
      for column in columns {
        let factor = unsafe load(weights + (row &* weightRowStep &+ column &* channels))
        let source = unsafe start + (row &* rowStep &+ column &* tapStep)
        for i in 0..<M { sums[i] = unsafe multiplyAdd(sums[i], load(source + i &* pixelStep), factor) }
      }
    }
    for i in 0..<M {
      var value = sums[i]
      let place = (x &+ i) &* channels
      if isScaled { value = value * scale + shift }
      if let residual = unsafe residual { value += unsafe load(residual + place) }
      unsafe store(clipped(value, lower, upper), output + place)
    }
  }
}

extension WindowTask.Axis {
  /// The taps of output `position` that fall on the image.
  @inline(__always)
  func taps(of position: Int) -> Range<Int> {
    let start = position &* stride &- padBegin
    let first = start >= 0 ? 0 : (-start &+ dilation &- 1) / dilation
    let end = input &- start <= 0 ? 0 : min(kernel, (input &- start &+ dilation &- 1) / dilation)
    return min(first, end)..<end
  }

  /// The outputs all of whose taps fall on the image.
  @inline(__always)
  var interior: Range<Int> {
    let first = min((padBegin &+ stride &- 1) / stride, output)
    let room = input &- 1 &- (kernel &- 1) &* dilation &+ padBegin
    let end = room < 0 ? 0 : min(room / stride &+ 1, output)
    return first..<max(first, end)
  }
}
