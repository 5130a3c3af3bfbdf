import ONNX
import TensorCore
import Testing

/// Runs a chain of nodes in float64, as the operators' definitions say, one sum at a time: stride 1, no padding.
struct Reference {
  let graph: Graph

  init(_ graph: Graph) { self.graph = graph }

  /// The elements of the last node's output.
  func run(_ input: [Double], shape: [Int]) throws -> [Double] {
    var values = input, shape = shape
    for node in graph.nodes {
      switch node.opType {
      case "Conv", "ConvTranspose": (values, shape) = try convolve(node, values, shape)
      case "Gemm": (values, shape) = try multiply(node, values, shape)
      case "BatchNormalization": values = try normalize(node, values, shape)
      default: values = values.map { max(0, $0) }
      }
    }
    return values
  }

  private func constant(_ name: String) throws -> ([Double], [Int]) {
    let tensor = try #require(graph.initializers[name])
    return (tensor.array(of: Float.self).map(Double.init), tensor.shape.dimensions)
  }

  private func convolve(_ node: Node, _ x: [Double], _ shape: [Int]) throws -> ([Double], [Int]) {
    let (w, dims) = try constant(node.inputs[1])
    let isTransposed = node.opType == "ConvTranspose"
    let groups = int(node, "group", 1), kh = dims[2], kw = dims[3]
    let (n, c, h, width) = (shape[0], shape[1], shape[2], shape[3])
    let outputs = isTransposed ? dims[1] * groups : dims[0]
    let oh = isTransposed ? h + kh - 1 : h - kh + 1, ow = isTransposed ? width + kw - 1 : width - kw + 1
    let bias = node.inputs.count > 2 ? try constant(node.inputs[2]).0 : [Double](repeating: 0, count: outputs)
    var y = [Double](repeating: 0, count: n * outputs * oh * ow)
    let cg = c / groups, mg = outputs / groups
    for image in 0..<n {
      for m in 0..<outputs {
        for i in 0..<oh {
          for j in 0..<ow {
            var sum = bias[m]
            for k in 0..<cg {
              let channel = m / mg * cg + k
              for a in 0..<kh {
                for b in 0..<kw {
                  let row = isTransposed ? i - a : i + a, column = isTransposed ? j - b : j + b
                  guard 0..<h ~= row, 0..<width ~= column else { continue }
                  let weight =
                    isTransposed
                    ? w[((channel * mg + m % mg) * kh + a) * kw + b] : w[((m * cg + k) * kh + a) * kw + b]
                  sum += x[((image * c + channel) * h + row) * width + column] * weight
                }
              }
            }
            y[((image * outputs + m) * oh + i) * ow + j] = sum
          }
        }
      }
    }
    return (y, [n, outputs, oh, ow])
  }

  private func multiply(_ node: Node, _ x: [Double], _ shape: [Int]) throws -> ([Double], [Int]) {
    let (w, dims) = try constant(node.inputs[1])
    let isTransposed = int(node, "transB", 0) != 0
    let rows = shape[0], inner = shape[1], columns = isTransposed ? dims[0] : dims[1]
    let bias = node.inputs.count > 2 ? try constant(node.inputs[2]).0 : [0]
    var y = [Double](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        var sum = 0.0
        for k in 0..<inner {
          sum += x[row * inner + k] * (isTransposed ? w[column * inner + k] : w[k * columns + column])
        }
        y[row * columns + column] = float(node, "alpha", 1) * sum + float(node, "beta", 1) * bias[column % bias.count]
      }
    }
    return (y, [rows, columns])
  }

  private func normalize(_ node: Node, _ x: [Double], _ shape: [Int]) throws -> [Double] {
    let parameters = try node.inputs.dropFirst().map { try constant($0).0 }
    let size = shape.dropFirst(2).reduce(1, *), epsilon = float(node, "epsilon", 1e-5)
    return x.enumerated().map { index, value in
      let c = index / size % shape[1]
      return parameters[0][c] * (value - parameters[2][c]) / (parameters[3][c] + epsilon).squareRoot()
        + parameters[1][c]
    }
  }

  private func int(_ node: Node, _ key: String, _ value: Int) -> Int {
    if case .int(let found)? = node.attributes[key] { found } else { value }
  }

  private func float(_ node: Node, _ key: String, _ value: Double) -> Double {
    if case .float(let found)? = node.attributes[key] { Double(found) } else { value }
  }
}
