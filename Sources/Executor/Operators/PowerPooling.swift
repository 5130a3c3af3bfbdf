import Glibc
import TensorCore

/// Pools by a norm, and the inverse of pooling by the maximum.
let powerPools: [OperatorEntry] = [
  OperatorEntry("LpPool", since: 1, Widened<LpPool>.self),
  OperatorEntry("GlobalLpPool", since: 1, Widened<GlobalLpPool>.self),
  OperatorEntry("MaxUnpool", since: 9, Widened<MaxUnpool>.self),
]

/// `(Σ |x|ᵖ)^(1/p)`.
private struct PowerNorm: Sendable {
  let order: Int

  init(_ node: NodeReader) throws(OperatorError) {
    order = try node.int("p", default: 2)
    guard (1...1024).contains(order) else {
      throw OperatorError(node.label, .attribute("p", expected: "1 or more", found: "\(order)"))
    }
  }

  @inline(__always) func power(_ x: Float) -> Float {
    order == 2 ? x * x : order == 1 ? abs(x) : powf(abs(x), Float(order))
  }

  @inline(__always) func root(_ sum: Float) -> Float {
    order == 2 ? sum.squareRoot() : order == 1 ? sum : powf(sum, 1 / Float(order))
  }
}

/// [LpPool](https://onnx.ai/onnx/operators/onnx__LpPool.html): the norm of order `p` under each window of `[N, C, …]`.
struct LpPool: Operator {
  private let norm: PowerNorm
  let window: WindowAttributes

  init(_ node: NodeReader) throws(OperatorError) {
    norm = try PowerNorm(node)
    window = try WindowAttributes(node)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (x, geometry) = try resolvePool(operands, window)
    _ = try operands.required(0, .float32)
    return Outputs(TensorType(Shape(Array(x.dimensions.prefix(2)) + geometry.output)))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (x, geometry) = try resolvePool(operands, window)
    guard let axes = geometry.threeAxes else { throw tooManyAxes(operands, x) }
    return LpPoolKernel(norm: norm, planes: x[0] * x[1], columns: Im2col(axes))
  }
}

private struct LpPoolKernel: Kernel {
  let norm: PowerNorm
  let planes: Int
  let columns: Im2col

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let (depth, height, width) = (columns.depth, columns.height, columns.width)
    y.fill(0)
    for plane in 0..<planes {
      let image = x.from(plane * columns.imageCount), target = y.from(plane * columns.outputCount)
      for z in 0..<depth.kernel {
        for row in 0..<height.kernel {
          for tap in 0..<width.kernel {
            for outZ in depth.inside(tap: z) {
              let sourceZ = outZ * depth.stride + z * depth.dilation - depth.padBegin
              for outY in height.inside(tap: row) {
                let sourceY = outY * height.stride + row * height.dilation - height.padBegin
                let from = (sourceZ * height.input + sourceY) * width.input + tap * width.dilation - width.padBegin
                let to = (outZ * height.output + outY) * width.output
                for outX in width.inside(tap: tap) {
                  target[to + outX] += norm.power(image[from + outX * width.stride])
                }
              }
            }
          }
        }
      }
    }
    for i in y.indices { y[i] = norm.root(y[i]) }
  }
}

/// [GlobalLpPool](https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html): the norm of order `p` of each channel of `[N, C, …]`.
struct GlobalLpPool: Operator, Kernel {
  private let norm: PowerNorm
  init(_ node: NodeReader) throws(OperatorError) { norm = try PowerNorm(node) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32).shape
    guard x.rank >= 2 else { throw OperatorError(operands.node, .input(0, expected: "[N, C, …]", found: "\(x)")) }
    return Outputs(TensorType(Shape(x.dimensions.prefix(2) + Array(repeating: 1, count: x.rank - 2))))
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let plane = y.count == 0 ? 0 : x.count / y.count
    for i in y.indices {
      let row = NumberRow(x, RowSpace(outer: y.count, count: plane, inner: 1), i, 0)
      y[i] = norm.root(row.fold(0, { norm.power($0) }, +))
    }
  }
}

/// [MaxUnpool](https://onnx.ai/onnx/operators/onnx__MaxUnpool.html): puts values back where ``MaxPool`` took them from, zeros
/// elsewhere.
struct MaxUnpool: Operator, Kernel {
  let window: WindowAttributes
  init(_ node: NodeReader) throws(OperatorError) { window = try WindowAttributes(node) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32).shape
    guard try operands.required(1, .int64).shape == x, x.rank >= 3 else {
      throw OperatorError(operands.node, .input(1, expected: "\(x)", found: "\(try operands.required(1).type)"))
    }
    guard let given = try operands.ints(2) else { return Outputs(TensorType(try pooled(x, operands.node))) }
    guard given.count == x.rank, given.allSatisfy({ $0 >= 0 }) else {
      throw OperatorError(operands.node, .input(2, expected: "\(x.rank) extents", found: "\(given)"))
    }
    return Outputs(TensorType(Shape(given)))
  }

  /// The least shape of an image that pooling makes `x` of.
  private func pooled(_ x: Shape, _ node: NodeLabel) throws(OperatorError) -> Shape {
    guard let kernel = window.kernel, kernel.count == x.rank - 2 else {
      throw OperatorError(node, .missingAttribute("kernel_shape"))
    }
    var extents = Array(x.dimensions.prefix(2))
    for axis in kernel.indices {
      let stride = window.strides.flatMap { axis < $0.count ? $0[axis] : nil } ?? 1
      let pads = window.pads.flatMap { $0.count == 2 * kernel.count ? $0[axis] + $0[kernel.count + axis] : nil } ?? 0
      extents.append((x[axis + 2] - 1) * stride - pads + kernel[axis])
    }
    return Shape(extents)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let shape = try frame.input(0).shape
    let x = try frame.input(0).values(of: Float.self), places = try frame.input(1).values(of: Int64.self)
    let y = frame.outputs[0].values(of: Float.self)
    // The positions count in the image that was pooled, which may be smaller than the result asked for.
    let source = try pooled(shape, frame.node)
    let target = frame.outputs[0].shape
    y.fill(0)
    for i in x.indices {
      guard places[i] >= 0, places[i] < source.count else {
        throw OperatorError(frame.node, .input(1, expected: "positions in 0..<\(source.count)", found: "\(places[i])"))
      }
      var rest = Int(places[i]), to = 0, step = 1
      for axis in stride(from: source.rank - 1, through: 0, by: -1) {
        let position = rest % source[axis]
        rest /= source[axis]
        guard position < target[axis] else {
          throw OperatorError(frame.node, .input(1, expected: "positions in \(target)", found: "\(places[i])"))
        }
        to += position * step
        step *= target[axis]
      }
      y[to] = x[i]
    }
  }
}
