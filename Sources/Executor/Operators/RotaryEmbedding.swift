import TensorCore

/// [RotaryEmbedding](https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html): turns pairs of features by angles that grow with
/// the position.
///
/// `X` is `[batch, heads, length, width]`, or `[batch, length, heads · width]` with `num_heads`. The cosines and sines are
/// looked up by position (input 3), or given for every item and position.
struct RotaryEmbedding: Operator, Kernel {
  let isInterleaved: Bool
  let rotated: Int
  let heads: Int

  init(_ node: NodeReader) throws(OperatorError) {
    isInterleaved = try node.flag("interleaved")
    rotated = try node.int("rotary_embedding_dim", default: 0)
    heads = try node.int("num_heads", default: 0)
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let x = try operands.required(0, .float32)
    let size = try size(x.shape, operands.node)
    let half = size.rotated / 2, first = try operands.required(1).shape
    for index in 1...2 {
      let table = try operands.required(index, .float32).shape
      let fits =
        table != first
        ? false
        : operands[optional: 3] == nil ? table == [size.batch, size.length, half] : table.rank == 2 && table[1] == half
      guard !fits else { continue }
      throw OperatorError(
        operands.node, .input(index, expected: "angles for \(half) pairs of features", found: "\(table)"))
    }
    if operands[optional: 3] != nil, try operands.required(3, .int64).shape != [size.batch, size.length] {
      throw OperatorError(
        operands.node,
        .input(3, expected: "[\(size.batch), \(size.length)]", found: "\(try operands.required(3).type)"))
    }
    return Outputs(x.type)
  }

  private func size(
    _ x: Shape, _ node: NodeLabel
  ) throws(OperatorError) -> (batch: Int, heads: Int, length: Int, width: Int, rotated: Int) {
    let isFlat = x.rank == 3
    guard x.rank == 4 || (isFlat && heads > 0 && x[2] % heads == 0) else {
      throw OperatorError(node, .input(0, expected: "four axes, or three and `num_heads`", found: "\(x)"))
    }
    let width = isFlat ? x[2] / heads : x[3]
    let rotated = self.rotated == 0 ? width : self.rotated
    guard rotated > 0, rotated <= width, rotated % 2 == 0 else {
      throw OperatorError(
        node, .attribute("rotary_embedding_dim", expected: "an even int of at most \(width)", found: "\(rotated)"))
    }
    return (x[0], isFlat ? heads : x[1], isFlat ? x[1] : x[2], width, rotated)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0), y = frame.outputs[0].values(of: Float.self)
    let size = try size(x.shape, frame.node)
    let cosines = try frame.input(1), sines = try frame.input(2).values(of: Float.self)
    let half = size.rotated / 2
    let positions = try frame.optional(3).map { tensor throws(OperatorError) in
      try Positions(tensor, extent: cosines.shape[0], input: 3, node: frame.node)
    }
    let angles = cosines.values(of: Float.self)
    y.copy(from: x.values(of: Float.self))
    for item in 0..<size.batch {
      for step in 0..<size.length {
        let place = item * size.length + step
        let table = (positions.map { $0[place] } ?? place) * half
        for head in 0..<size.heads {
          let start =
            x.shape.rank == 3
            ? (place * size.heads + head) * size.width : ((item * size.heads + head) * size.length + step) * size.width
          let row = y.from(start)
          for pair in 0..<half {
            let (i, j) = isInterleaved ? (2 * pair, 2 * pair + 1) : (pair, half + pair)
            let (a, b) = (row[i], row[j])
            row[i] = angles[table + pair] * a - sines[table + pair] * b
            row[j] = sines[table + pair] * a + angles[table + pair] * b
          }
        }
      }
    }
  }
}
