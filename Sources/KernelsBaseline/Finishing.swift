import KernelInterface

/// The epilogue as a pass of its own, for results that someone looked at first.
func finish(_ values: UnsafeMutablePointer<Float>, _ pixels: Int, _ channels: Int, _ epilogue: Epilogue) {
  if let scale = unsafe epilogue.scale, let shift = unsafe epilogue.shift {
    for pixel in 0..<pixels {
      let line = unsafe values + pixel &* channels
      var channel = 0
      while channel &+ lanes <= channels {
        unsafe store(load(line + channel) * load(scale + channel) + load(shift + channel), line + channel)
        channel &+= lanes
      }
      while channel < channels {
        unsafe line[channel] = line[channel] * scale[channel] + shift[channel]
        channel &+= 1
      }
    }
  }
  let count = pixels &* channels
  if let residual = unsafe epilogue.residual {
    unsafe addAndClip(values, residual, count, epilogue.lower, epilogue.upper)
  } else if epilogue.lower > -.infinity || epilogue.upper < .infinity {
    unsafe clip(values, count, epilogue.lower, epilogue.upper)
  }
  unsafe round(values, values, count, epilogue.rounding)
}

private func addAndClip(
  _ values: UnsafeMutablePointer<Float>, _ other: UnsafePointer<Float>, _ count: Int, _ lower: Float, _ upper: Float
) {
  let least = Lanes(repeating: lower), most = Lanes(repeating: upper)
  var i = 0
  while i &+ lanes <= count {
    unsafe store(clipped(load(values + i) + load(other + i), least, most), values + i)
    i &+= lanes
  }
  while i < count {
    unsafe values[i] = clipped(values[i] + other[i], lower, upper)
    i &+= 1
  }
}

private func clip(_ values: UnsafeMutablePointer<Float>, _ count: Int, _ lower: Float, _ upper: Float) {
  let least = Lanes(repeating: lower), most = Lanes(repeating: upper)
  var i = 0
  while i &+ lanes <= count {
    unsafe store(clipped(load(values + i), least, most), values + i)
    i &+= lanes
  }
  while i < count {
    unsafe values[i] = clipped(values[i], lower, upper)
    i &+= 1
  }
}

@inline(__always)
private func clipped(_ x: Float, _ lower: Float, _ upper: Float) -> Float {
  let raised = x < lower ? lower : x
  return raised > upper ? upper : raised
}
