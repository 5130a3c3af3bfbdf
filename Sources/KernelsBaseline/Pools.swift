import KernelInterface

/// The largest value under each window, NaN where the window holds one, -∞ where it lies outside the image.
func maxPool(_ task: WindowTask) {
  let channels = task.channels
  for y in 0..<task.height.output {
    let rows = task.height.taps(of: y)
    let top = y &* task.height.stride &- task.height.padBegin
    for x in 0..<task.width.output {
      let columns = task.width.taps(of: x)
      let left = x &* task.width.stride &- task.width.padBegin
      let target = unsafe task.output + (y &* task.width.output &+ x) &* channels
      var channel = 0
      while channel < channels {
        let first = min(channel, channels &- lanes)
        var largest = Lanes(repeating: -.infinity)
        for row in rows {
          let line = (top &+ row &* task.height.dilation) &* task.width.input &+ left
          for column in columns {
            let value = unsafe load(task.input + ((line &+ column &* task.width.dilation) &* channels &+ first))
            // NaN wins over all, and stays.
            largest = largest.replacing(with: value, where: (value .> largest) .| (value .!= value))
          }
        }
        unsafe store(largest, target + first)
        channel &+= lanes
      }
    }
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
