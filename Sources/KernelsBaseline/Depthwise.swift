import KernelInterface

/// A convolution of each channel by itself, vectors across channels. Products are added tap by tap, row by row.
func depthwise(
  _ task: WindowTask, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ epilogue: Epilogue
) {
  // Windows of three and five columns, the usual ones, have loops of their own: as long as the compiler knows the width
  // it keeps a row's weights in registers.
  switch task.width.kernel {
  case 3: unsafe depthwise3(task, weights, bias, epilogue)
  case 5: unsafe depthwise5(task, weights, bias, epilogue)
  default: unsafe depthwiseOfAnyWidth(task, weights, bias, epilogue)
  }
}

@inline(never)
private func depthwise3(
  _ task: WindowTask, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ epilogue: Epilogue
) {
  unsafe forEachLine(task, weights, bias, epilogue) { $0.run(task.width, InlineArray<3, Bool>(repeating: true)) }
}

@inline(never)
private func depthwise5(
  _ task: WindowTask, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ epilogue: Epilogue
) {
  unsafe forEachLine(task, weights, bias, epilogue) { $0.run(task.width, InlineArray<5, Bool>(repeating: true)) }
}

@inline(never)
private func depthwiseOfAnyWidth(
  _ task: WindowTask, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ epilogue: Epilogue
) {
  unsafe forEachLine(task, weights, bias, epilogue) { _ in 0..<0 }
}

/// - Parameter body: Works out pixels of a line whose windows lie on the image, and answers which: the rest is done here.
@inline(__always)
private func forEachLine(
  _ task: WindowTask, _ weights: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, _ epilogue: Epilogue,
  _ body: (DepthwiseLine) -> Range<Int>
) {
  for y in 0..<task.height.output {
    let taps = task.height.taps(of: y)
    @inline(__always) func line(_ channel: Int) -> DepthwiseLine {
      unsafe DepthwiseLine(task, y, taps, channel, weights, bias, epilogue)
    }
    var channel = 0
    // Pixels at a border have few taps: four vectors of channels at a time, so that none waits for its own last sum.
    while channel &+ 4 &* lanes <= task.channels {
      let lines: InlineArray<4, _> = [
        line(channel), line(channel &+ lanes), line(channel &+ 2 &* lanes), line(channel &+ 3 &* lanes),
      ]
      var done = 0..<0
      for i in 0..<4 { done = body(lines[i]) }
      runBorders(lines, task.width, without: done)
      channel &+= 4 &* lanes
    }
    while channel < task.channels {
      // The last vector ends with the last channel.
      let lines: InlineArray<1, _> = [line(min(channel, task.channels &- lanes))]
      runBorders(lines, task.width, without: body(lines[0]))
      channel &+= lanes
    }
    if epilogue.rounding != .none {
      let rowLength = task.width.output &* task.channels, row = unsafe task.output + y &* rowLength
      unsafe round(row, row, rowLength, epilogue.rounding)
    }
  }
}

/// The pixels of lines, which begin a vector of channels apart, but for those that are `done`.
@inline(__always)
private func runBorders<let N: Int>(
  _ lines: InlineArray<N, DepthwiseLine>, _ width: WindowTask.Axis, without done: Range<Int>
) {
  var x = 0
  while x < width.output {
    if x == done.lowerBound, !done.isEmpty {
      x = done.upperBound
      continue
    }
    runOne(x, width.taps(of: x), lines)
    x &+= 1
  }
}

/// One pixel of each line, of whose window `columns` are on the image.
@inline(__always)
private func runOne<let N: Int>(_ x: Int, _ columns: Range<Int>, _ lines: InlineArray<N, DepthwiseLine>) {
  let first = lines[0]
  var sums = InlineArray<N, Lanes>(repeating: first.bias)
  for i in 1..<max(N, 1) { sums[i] = lines[i].bias }
  var source = unsafe first.input + x &* first.pixelStep
  var factors = unsafe first.weights
  for _ in 0..<first.rows {
    var column = columns.lowerBound
    while column < columns.upperBound {
      let tap = unsafe source + column &* first.tapStep, factor = unsafe factors + column &* first.channels
      for i in 0..<N { sums[i] = unsafe multiplyAdd(sums[i], load(tap + i &* lanes), load(factor + i &* lanes)) }
      column &+= 1
    }
    unsafe source += first.rowStep
    unsafe factors += first.weightRowStep
  }
  for i in 0..<N { lines[i].finish(sums[i], x) }
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
  /// Whether there is nothing to do but to clip.
  let isPlain: Bool
  let residual: UnsafePointer<Float>?
  let lower: Lanes
  let upper: Lanes

  @inline(__always)
  init(
    _ task: WindowTask, _ y: Int, _ taps: Range<Int>, _ channel: Int, _ weights: UnsafePointer<Float>,
    _ bias: UnsafePointer<Float>, _ epilogue: Epilogue
  ) {
    let height = task.height, width = task.width
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
    isPlain = unsafe epilogue.scale == nil && epilogue.residual == nil
    lower = Lanes(repeating: epilogue.lower)
    upper = Lanes(repeating: epilogue.upper)
  }

  /// The pixels whose windows, of `K` columns, lie on the image; none where there are fewer than four.
  ///
  /// - Returns: Which they are.
  @inline(__always)
  func run<let K: Int>(_ width: WindowTask.Axis, _ kernel: InlineArray<K, Bool>) -> Range<Int> {
    let inner = width.interior
    guard inner.count >= 4 else { return 0..<0 }
    var x = inner.lowerBound
    let isDense = width.stride == 1 && width.dilation == 1
    while x < inner.upperBound {
      // The last four may go back and work out pixels again, to the same bits.
      x = min(x, inner.upperBound &- 4)
      if isDense { runDense(x, kernel) } else { runSpread(x, kernel) }
      x &+= 4
    }
    return inner
  }

  /// Four pixels whose windows lie on the image and overlap: each input is read once.
  @inline(__always)
  private func runDense<let K: Int>(_ x: Int, _ kernel: InlineArray<K, Bool>) {
    var sums = InlineArray<4, Lanes>(repeating: bias)
    var source = unsafe input + x &* pixelStep
    var factors = unsafe weights
    for _ in 0..<rows {
      var inputs = InlineArray<8, Lanes>(repeating: Lanes())
      for i in 0..<(K &+ 3) { inputs[i] = unsafe load(source + i &* channels) }
      for column in 0..<K {
        let factor = unsafe load(factors + column &* channels)
        for i in 0..<4 { sums[i] = multiplyAdd(sums[i], inputs[i &+ column], factor) }
      }
      unsafe source += rowStep
      unsafe factors += weightRowStep
    }
    for i in 0..<4 { finish(sums[i], x &+ i) }
  }

  /// Four pixels whose windows lie on the image.
  @inline(__always)
  private func runSpread<let K: Int>(_ x: Int, _ kernel: InlineArray<K, Bool>) {
    var sums = InlineArray<4, Lanes>(repeating: bias)
    var source = unsafe input + x &* pixelStep
    var factors = unsafe weights
    for _ in 0..<rows {
      for column in 0..<K {
        let factor = unsafe load(factors + column &* channels), tap = unsafe source + column &* tapStep
        for i in 0..<4 { sums[i] = unsafe multiplyAdd(sums[i], load(tap + i &* pixelStep), factor) }
      }
      unsafe source += rowStep
      unsafe factors += weightRowStep
    }
    for i in 0..<4 { finish(sums[i], x &+ i) }
  }

  @inline(__always)
  func finish(_ sum: Lanes, _ x: Int) {
    var value = sum
    let place = x &* channels
    if !isPlain {
      if isScaled { value = value * scale + shift }
      if let residual = unsafe residual { value += unsafe load(residual + place) }
    }
    unsafe store(clipped(value, lower, upper), output + place)
  }
}

extension WindowTask.Axis {
  /// The taps of output `position` that fall on the image.
  @inline(__always)
  func taps(of position: Int) -> Range<Int> {
    let start = position &* stride &- padBegin
    // Without a division, which takes longer than a small window.
    if dilation == 1 {
      let end = max(0, min(kernel, input &- start))
      return min(max(0, 0 &- start), end)..<end
    }
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
