import KernelInterface

/// The largest value under each window, NaN where the window holds one, -∞ where it lies outside the image.
func maxPool(_ task: WindowTask) {
  let channels = task.channels
  for y in 0..<task.height.output {
    let rows = task.height.taps(of: y)
    for x in 0..<task.width.output {
      let window = Window(task, y: y, x: x, rows: rows)
      let target = unsafe task.output + (y &* task.width.output &+ x) &* channels
      var channel = 0
      while channel &+ 4 &* lanes <= channels {
        unsafe window.largestOfFour(channel, target)
        channel &+= 4 &* lanes
      }
      while channel < channels {
        let first = min(channel, channels &- lanes)
        unsafe window.largest(first, target)
        channel &+= lanes
      }
    }
  }
}

/// The taps of one output of a pool.
@safe
private struct Window {
  /// The first channel of the top left tap, which may lie outside the image.
  let corner: UnsafePointer<Float>
  let rows: Range<Int>
  let columns: Range<Int>
  /// How many floats apart two rows and two columns of taps are.
  let rowStep: Int
  let columnStep: Int

  @inline(__always)
  init(_ task: WindowTask, y: Int, x: Int, rows: Range<Int>) {
    let top = y &* task.height.stride &- task.height.padBegin, left = x &* task.width.stride &- task.width.padBegin
    unsafe corner = unsafe task.input + (top &* task.width.input &+ left) &* task.channels
    self.rows = rows
    columns = task.width.taps(of: x)
    rowStep = task.height.dilation &* task.width.input &* task.channels
    columnStep = task.width.dilation &* task.channels
  }

  @inline(__always)
  func forEachTap(_ body: (UnsafePointer<Float>) -> Void) {
    for row in rows {
      var tap = unsafe corner + (row &* rowStep &+ columns.lowerBound &* columnStep)
      for _ in columns {
        unsafe body(tap)
        unsafe tap += columnStep
      }
    }
  }

  /// The greater of the two; NaN wins over all, and stays.
  @inline(__always)
  private static func greater(_ largest: Lanes, _ value: Lanes) -> Lanes {
    largest.replacing(with: value, where: (value .> largest) .| (value .!= value))
  }

  @inline(__always)
  func largest(_ channel: Int, _ target: UnsafeMutablePointer<Float>) {
    var largest = Lanes(repeating: -.infinity)
    unsafe forEachTap { tap in largest = Self.greater(largest, unsafe load(tap + channel)) }
    unsafe store(largest, target + channel)
  }

  /// Four vectors at a time: a tap's place is found once for them, and none waits for its own last comparison.
  @inline(__always)
  func largestOfFour(_ channel: Int, _ target: UnsafeMutablePointer<Float>) {
    let none = Lanes(repeating: -.infinity)
    var a = none, b = none, c = none, d = none
    unsafe forEachTap { tap in
      let start = unsafe tap + channel
      a = Self.greater(a, unsafe load(start))
      b = Self.greater(b, unsafe load(start + lanes))
      c = Self.greater(c, unsafe load(start + 2 &* lanes))
      d = Self.greater(d, unsafe load(start + 3 &* lanes))
    }
    let start = unsafe target + channel
    unsafe store(a, start)
    unsafe store(b, start + lanes)
    unsafe store(c, start + 2 &* lanes)
    unsafe store(d, start + 3 &* lanes)
  }
}

/// The mean of the elements under each window.
func averagePool(_ task: WindowTask, _ paddedHeight: Int?, _ paddedWidth: Int?) {
  let channels = task.channels
  for y in 0..<task.height.output {
    let rows = task.height.taps(of: y)
    let top = y &* task.height.stride &- task.height.padBegin
    let rowCount = paddedHeight.map { task.height.counted(y, upTo: $0) } ?? rows.count
    for x in 0..<task.width.output {
      let columns = task.width.taps(of: x)
      let left = x &* task.width.stride &- task.width.padBegin
      let columnCount = paddedWidth.map { task.width.counted(x, upTo: $0) } ?? columns.count
      let count = Lanes(repeating: Float(max(rowCount, 1) &* max(columnCount, 1)))
      let target = unsafe task.output + (y &* task.width.output &+ x) &* channels
      var channel = 0
      while channel < channels {
        let first = min(channel, channels &- lanes)
        var sum = Lanes()
        for row in rows {
          let line = (top &+ row &* task.height.dilation) &* task.width.input &+ left
          for column in columns {
            sum += unsafe load(task.input + ((line &+ column &* task.width.dilation) &* channels &+ first))
          }
        }
        unsafe store(sum / count, target + first)
        channel &+= lanes
      }
    }
  }
}

extension WindowTask.Axis {
  /// How many taps of output `position` lie before `end`, padding included.
  @inline(__always)
  fileprivate func counted(_ position: Int, upTo end: Int) -> Int {
    let room = end &- (position &* stride &- padBegin)
    return room <= 0 ? 0 : min(kernel, (room &+ dilation &- 1) / dilation)
  }
}

/// The mean of all pixels, for each channel. Sums of 64 pixels are added up, so that the error stays small.
func globalAverage(
  _ input: UnsafePointer<Float>, _ pixels: Int, _ channels: Int, _ output: UnsafeMutablePointer<Float>
) {
  var channel = 0
  // Four vectors at a time: whole stretches of memory, not a cache line here and there.
  while channel &+ 4 &* lanes <= channels {
    unsafe average(input, pixels, channels, channel, output, InlineArray<4, Bool>(repeating: true))
    channel &+= 4 &* lanes
  }
  while channel < channels {
    let first = min(channel, channels &- lanes)
    unsafe average(input, pixels, channels, first, output, InlineArray<1, Bool>(repeating: true))
    channel &+= lanes
  }
}

@inline(__always)
private func average<let V: Int>(
  _ input: UnsafePointer<Float>, _ pixels: Int, _ channels: Int, _ channel: Int, _ output: UnsafeMutablePointer<Float>,
  _ width: InlineArray<V, Bool>
) {
  var totals = InlineArray<V, Lanes>(repeating: Lanes())
  var pixel = 0
  while pixel < pixels {
    let end = min(pixel &+ 64, pixels)
    var sums = InlineArray<V, Lanes>(repeating: Lanes())
    while pixel < end {
      let place = unsafe input + (pixel &* channels &+ channel)
      for i in 0..<V { sums[i] += unsafe load(place + i &* lanes) }
      pixel &+= 1
    }
    for i in 0..<V { totals[i] += sums[i] }
  }
  let count = Lanes(repeating: Float(pixels))
  for i in 0..<V { unsafe store(totals[i] / count, output + (channel &+ i &* lanes)) }
}
