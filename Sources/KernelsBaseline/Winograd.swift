import KernelInterface

// Winograd's minimal filtering F(2×2, 3×3): four results of a 3×3 convolution from 16 products instead of 36,
// `Y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A`, summed over the channels inside the brackets. Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2015, section 4.1. Here are the two transforms of the data; the filters' was made when
// they were packed.

/// `Bᵀ d B` of each window.
func winogradInput(_ task: WinogradTask) {
  let channels = task.channels, step = task.planeStep
  var plane = unsafe task.planes
  for y in 0..<task.tileRows {
    var window = unsafe UnsafePointer(task.image) + 2 &* y &* task.rowStep
    for _ in 0..<task.tileColumns {
      var channel = 0
      while channel < channels {
        let first = min(channel, channels &- lanes)
        let pixel = unsafe window + first, target = unsafe plane + first
        let a = unsafe Quad(pixel, channels).differences, b = unsafe Quad(pixel + task.rowStep, channels).differences
        let c = unsafe Quad(pixel + 2 &* task.rowStep, channels).differences
        let d = unsafe Quad(pixel + 3 &* task.rowStep, channels).differences
        unsafe (a - c).store(target, step)
        unsafe (b + c).store(target + 4 &* step, step)
        unsafe (c - b).store(target + 8 &* step, step)
        unsafe (b - d).store(target + 12 &* step, step)
        channel &+= lanes
      }
      unsafe window += 2 &* channels
      unsafe plane += channels
    }
  }
}

/// `Aᵀ m A + bias` of each tile. Answers whether every result is a finite number.
func winogradOutput(_ task: WinogradTask, _ bias: UnsafePointer<Float>) -> Bool {
  let channels = task.channels, step = task.planeStep
  // Zero times a number is zero, times NaN or an infinity NaN.
  var trace = Lanes(repeating: 0)
  var plane = unsafe UnsafePointer(task.planes)
  for y in 0..<task.tileRows {
    let hasSecondRow = 2 &* y &+ 1 < task.resultRows
    for x in 0..<task.tileColumns {
      let pixel = unsafe task.image + (2 &* y &* task.rowStep &+ 2 &* x &* channels)
      let hasSecondColumn = 2 &* x &+ 1 < task.resultColumns
      var channel = 0
      while channel < channels {
        let first = min(channel, channels &- lanes)
        let source = unsafe plane + first
        let a = unsafe Quad(source, step), b = unsafe Quad(source + 4 &* step, step)
        let c = unsafe Quad(source + 8 &* step, step), d = unsafe Quad(source + 12 &* step, step)
        let shift = unsafe load(bias + first)
        let above = (a + b + c).results, below = (b - c - d).results
        let target = unsafe pixel + first
        let values = (above.0 + shift, above.1 + shift, below.0 + shift, below.1 + shift)
        unsafe store(values.0, target)
        if hasSecondColumn { unsafe store(values.1, target + channels) }
        if hasSecondRow { unsafe store(values.2, target + task.rowStep) }
        if hasSecondRow, hasSecondColumn { unsafe store(values.3, target + (task.rowStep &+ channels)) }
        trace = trace + (values.0 * 0 + values.1 * 0) + (values.2 * 0 + values.3 * 0)
        channel &+= lanes
      }
      unsafe plane += channels
    }
  }
  return trace == Lanes(repeating: 0)
}

/// Four vectors: a row of a window or of a transformed tile.
private struct Quad {
  var a, b, c, d: Lanes

  @inline(__always)
  init(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) {
    self.a = a
    self.b = b
    self.c = c
    self.d = d
  }

  @inline(__always)
  init(_ source: UnsafePointer<Float>, _ step: Int) {
    a = unsafe load(source)
    b = unsafe load(source + step)
    c = unsafe load(source + 2 &* step)
    d = unsafe load(source + 3 &* step)
  }

  @inline(__always)
  func store(_ target: UnsafeMutablePointer<Float>, _ step: Int) {
    unsafe write(a, target)
    unsafe write(b, target + step)
    unsafe write(c, target + 2 &* step)
    unsafe write(d, target + 3 &* step)
  }

  /// The row times `B`.
  @inline(__always) var differences: Quad { Quad(a - c, b + c, c - b, b - d) }
  /// The row times `A`.
  @inline(__always) var results: (Lanes, Lanes) { (a + b + c, b - c - d) }

  @inline(__always)
  static func + (x: Quad, y: Quad) -> Quad { Quad(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d) }
  @inline(__always)
  static func - (x: Quad, y: Quad) -> Quad { Quad(x.a - y.a, x.b - y.b, x.c - y.c, x.d - y.d) }
}

/// `store(_:_:)` under a name that the quad's own method does not hide.
@inline(__always)
private func write(_ values: Lanes, _ target: UnsafeMutablePointer<Float>) { unsafe store(values, target) }
