import TensorCore

/// The largest value under each window; see ``MaxPool``.
struct MaxPoolKernel: NumberKernel {
  let planes: Int
  let depth: WindowGeometry.Axis
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis
  let columnMajorIndices: Bool

  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = unsafe try frame.input(0).elements(as: Element.self)
    let y = unsafe frame.outputs[0].elements(as: Element.self)
    let indices = unsafe frame.outputs.count > 1 ? frame.outputs[1].elements(as: Int64.self) : nil
    guard let x = x.baseAddress else { return }
    let imageCount = depth.input * height.input * width.input
    var next = 0
    for plane in 0..<planes {
      let image = unsafe x + plane * imageCount
      for z in 0..<depth.output {
        for row in 0..<height.output {
          for column in 0..<width.output {
            let best = unsafe largest(image, z, row, column)
            unsafe y[next] = best < 0 ? Element(work: Element.Work.lowest) : image[best]
            if let indices = unsafe indices { unsafe indices[next] = index(plane * imageCount, best) }
            next += 1
          }
        }
      }
    }
  }

  @inline(__always)
  private func largest<Element: NumberElement>(
    _ image: UnsafePointer<Element>, _ outZ: Int, _ outY: Int, _ outX: Int
  ) -> Int {
    var value = Element.Work.lowest, position = -1
    for z in 0..<depth.kernel {
      let sourceZ = outZ &* depth.stride &+ z &* depth.dilation &- depth.padBegin
      guard sourceZ >= 0 && sourceZ < depth.input else { continue }
      for y in 0..<height.kernel {
        let sourceY = outY &* height.stride &+ y &* height.dilation &- height.padBegin
        guard sourceY >= 0 && sourceY < height.input else { continue }
        let line = (sourceZ &* height.input &+ sourceY) &* width.input
        for x in 0..<width.kernel {
          let sourceX = outX &* width.stride &+ x &* width.dilation &- width.padBegin
          guard sourceX >= 0 && sourceX < width.input else { continue }
          let candidate = unsafe image[line &+ sourceX].work
          // The first of equals wins; NaN wins over all and stays.
          if candidate > value || position < 0 || (candidate.isNotANumber && !value.isNotANumber) {
            value = candidate
            position = line &+ sourceX
          }
        }
      }
    }
    return position
  }

  private func index(_ start: Int, _ position: Int) -> Int64 {
    guard columnMajorIndices, position >= 0 else { return Int64(start + position) }
    let z = position / (height.input * width.input), rest = position % (height.input * width.input)
    let y = rest / width.input, x = rest % width.input
    return Int64(start + (x * height.input + y) * depth.input + z)
  }
}

/// The mean under each window; see ``AveragePool``.
struct AveragePoolKernel: Kernel {
  let planes: Int
  let depth: WindowGeometry.Axis
  let height: WindowGeometry.Axis
  let width: WindowGeometry.Axis
  let includePadding: Bool

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = unsafe try frame.input(0).elements(as: Float.self)
    let y = unsafe frame.outputs[0].elements(as: Float.self)
    guard let x = x.baseAddress else { return }
    let imageCount = depth.input * height.input * width.input
    let slices = taps(depth), rows = taps(height), columns = taps(width)
    var next = 0
    for plane in 0..<planes {
      let image = unsafe x + plane * imageCount
      for slice in slices {
        for row in rows {
          for column in columns {
            unsafe y[next] = mean(image, slice, row, column)
            next += 1
          }
        }
      }
    }
  }

  private func mean(_ image: UnsafePointer<Float>, _ zs: Taps, _ ys: Taps, _ xs: Taps) -> Float {
    var sum: Float = 0
    for z in stride(from: zs.first, to: zs.end, by: depth.dilation) {
      for y in stride(from: ys.first, to: ys.end, by: height.dilation) {
        let line = (z &* height.input &+ y) &* width.input
        if width.dilation == 1 {
          for x in xs.first..<xs.end { unsafe sum += image[line &+ x] }
        } else {
          for x in stride(from: xs.first, to: xs.end, by: width.dilation) { unsafe sum += image[line &+ x] }
        }
      }
    }
    return sum / Float(zs.count * ys.count * xs.count)
  }

  /// The positions `first`, `first + dilation`, … before `end` lie on the image.
  private struct Taps {
    let first: Int
    let end: Int
    /// How many positions the mean is over.
    let count: Int
  }

  /// Of each output along an axis.
  private func taps(_ axis: WindowGeometry.Axis) -> [Taps] {
    (0..<axis.output).map { output in
      let start = output * axis.stride - axis.padBegin
      // How many taps lie before a position.
      func taps(before end: Int) -> Int {
        end <= start ? 0 : min(axis.kernel, (end - start + axis.dilation - 1) / axis.dilation)
      }
      let outside = taps(before: 0), end = taps(before: axis.input)
      let inside = max(end - outside, 0), first = start + outside * axis.dilation
      return Taps(
        first: first, end: inside == 0 ? first : first + (inside - 1) * axis.dilation + 1,
        count: max(includePadding ? taps(before: axis.input + axis.padEnd) : inside, 1))
    }
  }
}
