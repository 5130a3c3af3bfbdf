import CLanes
import KernelInterface

/// A convolution without unfolding: for each panel of output channels, tiles of a few pixels keep their sums in
/// registers while the weights pass.
///
/// Each result is its bias plus its products, added one by one in the order of the weights, whatever the tile.
func convolve(_ task: ConvolutionTask) {
  let layout = PanelLayout(channels: task.outputChannels, lanes: lanes, widest: widestPanel)
  var weights = unsafe task.weights
  let depth = task.runCount &* task.runLength
  for index in 0..<layout.count {
    let panel = layout[index]
    let hasNext = index &+ 1 < layout.count || task.weightsGoOn
    switch panel.vectors {
    #if WIDE512
    case 4: unsafe convolvePanel4(task, panel, weights, hasNext)
    case 3: unsafe convolvePanel3(task, panel, weights, hasNext)
    #endif
    case 2: unsafe convolvePanel2(task, panel, weights, hasNext)
    default: unsafe convolvePanel1(task, panel, weights, hasNext)
    }
    unsafe weights += depth &* panel.vectors &* lanes
  }
}

// As many pixels to a tile as registers hold sums for, but no more than eight where registers are many: of a longer array
// the compiler writes every sum to memory with every step. Each a function of its own, and not generic: a generic one's
// machine code would have the same name in all three modules, and the linker would keep only one.
#if WIDE512
let widestPanel = 4

@inline(never)
private func convolvePanel4(
  _ task: ConvolutionTask, _ panel: PanelLayout.Panel, _ weights: UnsafePointer<Float>, _ hasNext: Bool
) {
  unsafe convolvePanel(task, panel, weights, hasNext, tile: InlineArray<6, Bool>(repeating: true), Row4.self)
}

@inline(never)
private func convolvePanel3(
  _ task: ConvolutionTask, _ panel: PanelLayout.Panel, _ weights: UnsafePointer<Float>, _ hasNext: Bool
) {
  unsafe convolvePanel(task, panel, weights, hasNext, tile: InlineArray<8, Bool>(repeating: true), Row3.self)
}

@inline(never)
private func convolvePanel2(
  _ task: ConvolutionTask, _ panel: PanelLayout.Panel, _ weights: UnsafePointer<Float>, _ hasNext: Bool
) {
  unsafe convolvePanel(task, panel, weights, hasNext, tile: InlineArray<8, Bool>(repeating: true), Row2.self)
}

@inline(never)
private func convolvePanel1(
  _ task: ConvolutionTask, _ panel: PanelLayout.Panel, _ weights: UnsafePointer<Float>, _ hasNext: Bool
) {
  unsafe convolvePanel(task, panel, weights, hasNext, tile: InlineArray<8, Bool>(repeating: true), Row1.self)
}
#else
let widestPanel = 2

@inline(never)
private func convolvePanel2(
  _ task: ConvolutionTask, _ panel: PanelLayout.Panel, _ weights: UnsafePointer<Float>, _ hasNext: Bool
) {
  unsafe convolvePanel(task, panel, weights, hasNext, tile: InlineArray<6, Bool>(repeating: true), Row2.self)
}

@inline(never)
private func convolvePanel1(
  _ task: ConvolutionTask, _ panel: PanelLayout.Panel, _ weights: UnsafePointer<Float>, _ hasNext: Bool
) {
  unsafe convolvePanel(task, panel, weights, hasNext, tile: InlineArray<10, Bool>(repeating: true), Row1.self)
}
#endif

/// So many products of a panel at a time: their weights stay in the second-level cache while all pixels pass.
private let blockDepth = 1024

/// Floats to a cache line.
private let lineLength = 16

/// The products that are added in one sweep over the pixels.
@safe
private struct Block {
  var firstRun: Int
  var runCount: Int
  /// Where in each run to begin.
  var offset: Int
  var length: Int
  var isFirst: Bool
  var isLast: Bool
  /// Whether an epilogue follows.
  var hasEpilogue: Bool
  var weights: UnsafePointer<Float>
  /// Whether the weights of the next sweep lie behind these.
  var hasNext: Bool
}

@inline(__always)
private func convolvePanel<let M: Int, R: Row>(
  _ task: ConvolutionTask, _ panel: PanelLayout.Panel, _ weights: UnsafePointer<Float>, _ hasNext: Bool,
  tile: InlineArray<M, Bool>, _ row: R.Type
) {
  var weights = unsafe weights
  let hasEpilogue = !task.epilogue.isEmpty
  var run = 0, offset = 0
  while run < task.runCount {
    var block = unsafe Block(
      firstRun: run, runCount: 1, offset: offset, length: 0, isFirst: run == 0 && offset == 0, isLast: false,
      hasEpilogue: false, weights: weights, hasNext: true)
    if task.runLength >= blockDepth {
      let parts = (task.runLength &+ blockDepth &- 1) / blockDepth
      block.length = min((task.runLength &+ parts &- 1) / parts, task.runLength &- offset)
      offset &+= block.length
      if offset == task.runLength { (run, offset) = (run &+ 1, 0) }
    } else {
      block.length = task.runLength
      block.runCount = min(max(blockDepth / max(task.runLength, 1), 1), task.runCount &- run)
      run &+= block.runCount
    }
    block.isLast = run == task.runCount
    if block.isLast { (block.hasNext, block.hasEpilogue) = (hasNext, hasEpilogue) }
    sweep(task, block, panel, tile: tile, row)
    unsafe weights += block.runCount &* block.length &* R.vectors &* lanes
  }
}

/// Adds the products of `block` at every pixel, and meanwhile asks for the weights of the next sweep, which come from far.
@inline(__always)
private func sweep<let M: Int, R: Row>(
  _ task: ConvolutionTask, _ block: Block, _ panel: PanelLayout.Panel, tile: InlineArray<M, Bool>, _ row: R.Type
) {
  let pixels = task.outputHeight &* task.outputWidth
  // Where nothing is carried over, the last tile may go back and work out pixels again, to the same bits. A pixel or two
  // take less time one by one.
  let rest = pixels % M
  let mayRepeat = block.isFirst && block.isLast && pixels >= M && 8 &* rest >= M &* R.vectors
  let depth = block.runCount &* block.length
  let next = unsafe block.weights + depth &* R.vectors &* lanes
  let end = unsafe next + depth &* R.vectors &* lanes
  // Asking for what is there already does no harm.
  var ahead = unsafe block.hasNext ? next : block.weights
  var pixel = 0
  var y = 0, x = 0
  while pixel < pixels {
    if mayRepeat, pixel &+ M > pixels {
      pixel = pixels &- M
      y = pixel / task.outputWidth
      x = pixel &- y &* task.outputWidth
    }
    if pixel &+ M <= pixels {
      unsafe runTile(task, block, panel, ahead, pixel, &y, &x, tile: tile, row)
      pixel &+= M
      if unsafe ahead >= next {
        unsafe ahead += depth &* lineLength
        if unsafe ahead >= end { unsafe ahead = unsafe block.weights }
      }
    } else {
      unsafe runTile(
        task, block, panel, block.weights, pixel, &y, &x, tile: InlineArray<1, Bool>(repeating: true), row)
      pixel &+= 1
    }
  }
}

/// - Parameter ahead: Where the memory begins that is asked for.
@inline(__always)
private func runTile<let M: Int, R: Row>(
  _ task: ConvolutionTask, _ block: Block, _ panel: PanelLayout.Panel, _ ahead: UnsafePointer<Float>, _ pixel: Int,
  _ y: inout Int, _ x: inout Int, tile: InlineArray<M, Bool>, _ row: R.Type
) {
  let channel = panel.firstChannel, tail = panel.tail
  let bias = unsafe task.bias + channel
  let target = unsafe task.output + (pixel &* task.outputPixelStep &+ channel)
  var windows = unsafe InlineArray<M, UnsafePointer<Float>>(repeating: task.input)
  for i in 0..<M {
    unsafe windows[i] = unsafe task.input + (y &* task.inputRowStep &+ x &* task.inputPixelStep &+ block.offset)
    x &+= 1
    if x == task.outputWidth {
      x = 0
      y &+= 1
    }
  }
  let begin = unsafe block.isFirst ? bias : UnsafePointer(target)
  let beginStep = block.isFirst ? 0 : task.outputPixelStep
  unsafe accumulate(
    begin, beginStep, windows, task.runs + block.firstRun, block.runCount, block.length, block.weights, ahead,
    target, task.outputPixelStep, tail, row)
  if block.hasEpilogue {
    unsafe finish(
      task.epilogue, target, pixel &* task.outputPixelStep &+ channel, task.outputPixelStep, M, channel, tail, row)
  }
}

/// The innermost loops: `M` pixels by one row of channels, in registers from beginning to end. With each row of weights
/// one cache line from `ahead` on is asked for.
@inline(__always)
private func accumulate<let M: Int, R: Row>(
  _ begin: UnsafePointer<Float>, _ beginStep: Int, _ windows: InlineArray<M, UnsafePointer<Float>>,
  _ runs: UnsafePointer<Int>, _ runCount: Int, _ length: Int, _ weights: UnsafePointer<Float>,
  _ ahead: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ targetStep: Int, _ tail: Int, _ row: R.Type
) {
  var sums = InlineArray<M, R>(repeating: unsafe R(begin, tail: tail))
  for i in 0..<M { sums[i] = unsafe R(begin + i &* beginStep, tail: tail) }
  var weights = unsafe weights, ahead = unsafe ahead
  for run in 0..<runCount {
    let start = unsafe runs[run]
    for k in start..<(start &+ length) {
      let factors = unsafe R(weights, tail: (R.vectors &- 1) &* lanes)
      unsafe weights += R.vectors &* lanes
      unsafe qtool_fetch_for_reading(ahead)
      unsafe ahead += lineLength
      for i in 0..<M { sums[i].addProduct(Lanes(repeating: unsafe windows[i][k]), factors) }
    }
  }
  for i in 0..<M { unsafe sums[i].store(target + i &* targetStep, tail: tail) }
}

/// The epilogue on the tile that was just stored. In the same loop as the sums it would cost them their registers.
@inline(__always)
private func finish<R: Row>(
  _ epilogue: Epilogue, _ target: UnsafeMutablePointer<Float>, _ offset: Int, _ step: Int, _ pixels: Int,
  _ channel: Int, _ tail: Int, _ row: R.Type
) {
  let lower = Lanes(repeating: epilogue.lower), upper = Lanes(repeating: epilogue.upper)
  for i in 0..<pixels {
    let place = unsafe target + i &* step
    var values = unsafe R(place, tail: tail)
    if let scale = unsafe epilogue.scale, let shift = unsafe epilogue.shift {
      unsafe values.scale(R(scale + channel, tail: tail), R(shift + channel, tail: tail))
    }
    if let residual = unsafe epilogue.residual {
      unsafe values.add(R(residual + (offset &+ i &* step), tail: tail))
    }
    values.clip(lower, upper)
    unsafe values.store(place, tail: tail)
  }
  switch epilogue.rounding {
  case .none: break
  case .binary16: unsafe roundTile(target, step, pixels, tail, row) { binary16($0) }
  case .bfloat16: unsafe roundTile(target, step, pixels, tail, row) { bfloat16($0) }
  case .grid(let steps):
    let grid = GridLanes(steps)
    unsafe roundTile(target, step, pixels, tail, row) { grid.rounded($0) }
  }
}

@inline(__always)
private func roundTile<R: Row>(
  _ target: UnsafeMutablePointer<Float>, _ step: Int, _ pixels: Int, _ tail: Int, _ row: R.Type,
  _ rounded: (Lanes) -> Lanes
) {
  for i in 0..<pixels {
    let place = unsafe target + i &* step
    var values = unsafe R(place, tail: tail)
    values.round(rounded)
    unsafe values.store(place, tail: tail)
  }
}
