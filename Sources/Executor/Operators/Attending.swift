import TensorCore

/// Operators of transformers.
let attention: [OperatorEntry] = [
  OperatorEntry("Attention", since: 23, Widened<Attention>.self),
  OperatorEntry("RotaryEmbedding", since: 23, Widened<RotaryEmbedding>.self),
]

/// [Attention](https://onnx.ai/onnx/operators/onnx__Attention.html): `softmax(scale · Q·Kᵀ + mask)·V` for each head.
///
/// Queries, keys and values are `[batch, heads, length, width]`, or `[batch, length, heads · width]` with the counts of
/// heads as attributes. Several heads of queries may share one of keys. Keys and values of earlier steps (inputs 4 and 5)
/// stand before the new ones. A query that may look at nothing yields NaN.
struct Attention: Operator {
  let isCausal: Bool
  let queryHeads: Int?
  let keyHeads: Int?
  let scale: Float?
  let softcap: Float
  let scoreOutput: Int

  init(_ node: NodeReader) throws(OperatorError) {
    isCausal = try node.flag("is_causal")
    queryHeads = try node.int("q_num_heads")
    keyHeads = try node.int("kv_num_heads")
    scale = try node.float("scale")
    softcap = try node.float("softcap", default: 0)
    scoreOutput = try node.int("qk_matmul_output_mode", default: 0)
    guard (0...3).contains(scoreOutput) else {
      throw OperatorError(
        node.label, .attribute("qk_matmul_output_mode", expected: "0 to 3", found: "\(scoreOutput)"))
    }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let size = try AttentionSize(self, operands)
    let y: Shape =
      size.isFlat
      ? [size.batch, size.queries, size.queryHeads * size.valueWidth]
      : [size.batch, size.queryHeads, size.queries, size.valueWidth]
    return Outputs(
      types: [
        TensorType(y), TensorType([size.batch, size.keyHeads, size.total, size.width]),
        TensorType([size.batch, size.keyHeads, size.total, size.valueWidth]),
        TensorType([size.batch, size.queryHeads, size.queries, size.total]),
      ].prefix(operands.outputCount).map { $0 })
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    AttentionKernel(attributes: self, size: try AttentionSize(self, operands))
  }
}

/// The extents of an attention.
struct AttentionSize: Sendable {
  /// Whether the heads lie side by side in the last axis.
  let isFlat: Bool
  let batch: Int
  let queryHeads: Int
  let keyHeads: Int
  let queries: Int
  /// How many keys are new, and how many there were.
  let new: Int
  let past: Int
  let width: Int
  let valueWidth: Int
  /// How many elements apart two neighbours along each of `[batch, head, query, key]` lie in the mask; 0 where one repeats.
  let maskSteps: [Int]
  /// How many keys the mask covers; the others are hidden.
  let maskedKeys: Int
  var total: Int { past + new }

  init(_ attention: Attention, _ operands: Operands) throws(OperatorError) {
    let q = try operands.required(0, .float32).shape, k = try operands.required(1, .float32).shape
    let v = try operands.required(2, .float32).shape
    isFlat = q.rank == 3
    let misfit = OperatorError(
      operands.node, .shape(expected: "queries, keys and values that fit together", found: "\(q), \(k) and \(v)"))
    guard q.rank == k.rank, q.rank == v.rank, q.rank == 3 || q.rank == 4 else { throw misfit }
    if isFlat {
      guard let heads = attention.queryHeads else { throw OperatorError(operands.node, .missingAttribute("q_num_heads")) }
      guard let shared = attention.keyHeads else { throw OperatorError(operands.node, .missingAttribute("kv_num_heads")) }
      guard heads > 0, shared > 0, q[2] % heads == 0, k[2] % shared == 0, v[2] % shared == 0 else { throw misfit }
      (queryHeads, keyHeads, queries, new) = (heads, shared, q[1], k[1])
      (width, valueWidth) = (q[2] / heads, v[2] / shared)
      guard k[2] / shared == width, v[1] == new else { throw misfit }
    } else {
      (queryHeads, keyHeads, queries, new) = (q[1], k[1], q[2], k[2])
      (width, valueWidth) = (q[3], v[3])
      guard k[3] == width, v[1] == keyHeads, v[2] == new else { throw misfit }
    }
    batch = q[0]
    guard k[0] == batch, v[0] == batch, keyHeads > 0, queryHeads % keyHeads == 0 else { throw misfit }
    if operands[optional: 4] != nil || operands[optional: 5] != nil {
      let pastKeys = try operands.required(4, .float32).shape, pastValues = try operands.required(5, .float32).shape
      past = pastKeys.rank == 4 ? pastKeys[2] : 0
      guard pastKeys == [batch, keyHeads, past, width] else {
        throw OperatorError(operands.node, .input(4, expected: "[\(batch), \(keyHeads), past, \(width)]", found: "\(pastKeys)"))
      }
      guard pastValues == [batch, keyHeads, past, valueWidth] else {
        throw OperatorError(
          operands.node, .input(5, expected: "[\(batch), \(keyHeads), \(past), \(valueWidth)]", found: "\(pastValues)"))
      }
    } else {
      past = 0
    }
    if operands[optional: 6] != nil, try operands.required(6, .int64).shape != [batch] {
      throw OperatorError(operands.node, .input(6, expected: "[\(batch)]", found: "\(try operands.required(6).type)"))
    }
    guard operands[optional: 3] != nil else {
      (maskSteps, maskedKeys) = ([0, 0, 0, 0], past + new)
      return
    }
    let mask = try operands.required(3, .float32, .bool).shape
    let full: Shape = [batch, queryHeads, queries, mask.dimensions.last ?? 1]
    guard mask.rank >= 1, BroadcastLoop.shape(mask, full) == full, full[3] <= past + new else {
      throw OperatorError(
        operands.node,
        .input(3, expected: "a shape that broadcasts to [\(batch), \(queryHeads), \(queries), \(past + new)]", found: "\(mask)"))
    }
    maskSteps = BroadcastWalk.steps(of: mask, in: full)
    maskedKeys = full[3] == 1 ? past + new : full[3]
  }
}

private struct AttentionKernel: Kernel {
  let attributes: Attention
  let size: AttentionSize

  private var keyCount: Int { size.batch * size.keyHeads * size.total * size.width }
  private var valueCount: Int { size.batch * size.keyHeads * size.total * size.valueWidth }
  private var scoreCount: Int { size.queries * size.total }
  var scratchByteCount: Int { (keyCount + valueCount + scoreCount) * MemoryLayout<Float>.stride }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let base = unsafe frame.scratch.assumingMemoryBound(to: Float.self)
    let keys =
      unsafe frame.outputs.count > 1 ? frame.outputs[1].values(of: Float.self) : Elements(base, count: keyCount)
    let values = unsafe frame.outputs.count > 2
      ? frame.outputs[2].values(of: Float.self) : Elements(base + keyCount, count: valueCount)
    let scores = unsafe Elements(base + keyCount + valueCount, count: scoreCount)
    join(frame.optional(4), try frame.input(1), size.width, into: keys)
    join(frame.optional(5), try frame.input(2), size.valueWidth, into: values)
    let lengths = frame.optional(6)?.integers
    let shared = size.queryHeads / size.keyHeads
    let q = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
    let kept = frame.outputs.count > 3 ? frame.outputs[3].values(of: Float.self) : nil
    let scale = attributes.scale ?? 1 / Float(size.width).squareRoot()
    for item in 0..<size.batch {
      for head in 0..<size.queryHeads {
        let block = item * size.queryHeads + head, shareBlock = item * size.keyHeads + head / shared
        // Where the heads lie side by side, rows are as long as all of them.
        let from = size.isFlat ? item * size.queries * size.queryHeads * size.width + head * size.width
          : block * size.queries * size.width
        let to = size.isFlat ? item * size.queries * size.queryHeads * size.valueWidth + head * size.valueWidth
          : block * size.queries * size.valueWidth
        unsafe gemm(
          transposeB: true, m: size.queries, n: size.total, k: size.width, alpha: scale, q.base + from,
          leadingA: size.isFlat ? size.queryHeads * size.width : size.width, keys.base + shareBlock * size.total * size.width,
          leadingB: size.width, beta: 0, scores.base, leadingC: size.total)
        if attributes.softcap > 0 {
          for i in scores.indices { scores[i] = attributes.softcap * Float.tanh(scores[i] / attributes.softcap) }
        }
        if attributes.scoreOutput < 2 { kept?.from(block * scoreCount).copy(from: scores) }
        hide(scores, item: item, head: head, frame.optional(3), length: lengths?[item])
        if attributes.scoreOutput == 2 { kept?.from(block * scoreCount).copy(from: scores) }
        for query in 0..<size.queries {
          Softmax.rewrite(unsafe Row(scores.base + query * size.total, count: size.total, step: 1))
        }
        if attributes.scoreOutput == 3 { kept?.from(block * scoreCount).copy(from: scores) }
        unsafe gemm(
          m: size.queries, n: size.valueWidth, k: size.total, scores.base, leadingA: size.total,
          values.base + shareBlock * size.total * size.valueWidth, leadingB: size.valueWidth, beta: 0, y.base + to,
          leadingC: size.isFlat ? size.queryHeads * size.valueWidth : size.valueWidth)
      }
    }
  }

  /// Writes earlier and new entries one behind the other, as `[batch, heads, total, width]`.
  private func join(_ past: Tensor?, _ new: Tensor, _ width: Int, into target: Elements<Float>) {
    let source = new.values(of: Float.self), earlier = past?.values(of: Float.self)
    for item in 0..<size.batch {
      for head in 0..<size.keyHeads {
        let block = item * size.keyHeads + head
        let start = target.from(block * size.total * width)
        if let earlier { unsafe start.base.update(from: earlier.base + block * size.past * width, count: size.past * width) }
        for step in 0..<size.new {
          let from = size.isFlat
            ? (item * size.new + step) * size.keyHeads * width + head * width : (block * size.new + step) * width
          unsafe (start.base + (size.past + step) * width).update(from: source.base + from, count: width)
        }
      }
    }
  }

  /// Adds the mask, and -∞ where a query may not look.
  private func hide(_ scores: Elements<Float>, item: Int, head: Int, _ mask: Tensor?, length: Int?) {
    let floats = mask?.elementType == .float32 ? mask?.values(of: Float.self) : nil
    let flags = mask?.elementType == .bool ? mask?.bits(of: UInt8.self) : nil
    let steps = size.maskSteps
    for query in 0..<size.queries {
      let start = item * steps[0] + head * steps[1] + query * steps[2]
      let row = scores.from(query * size.total)
      for key in 0..<size.total {
        if let floats { row[key] += key < size.maskedKeys ? floats[start + key * steps[3]] : -.infinity }
        if let flags, key >= size.maskedKeys || flags[start + key * steps[3]] == 0 { row[key] = -.infinity }
        if attributes.isCausal, key > query + size.past { row[key] = -.infinity }
        if let length, key >= length { row[key] = -.infinity }
      }
    }
  }
}

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
      let fits = table != first ? false : operands[optional: 3] == nil ? table == [size.batch, size.length, half] : table.rank == 2 && table[1] == half
      guard !fits else { continue }
      throw OperatorError(operands.node, .input(index, expected: "angles for \(half) pairs of features", found: "\(table)"))
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
          let start = x.shape.rank == 3
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
