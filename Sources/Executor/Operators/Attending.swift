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
    let values =
      unsafe frame.outputs.count > 2
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
        let from =
          size.isFlat
          ? item * size.queries * size.queryHeads * size.width + head * size.width
          : block * size.queries * size.width
        let to =
          size.isFlat
          ? item * size.queries * size.queryHeads * size.valueWidth + head * size.valueWidth
          : block * size.queries * size.valueWidth
        unsafe gemm(
          transposeB: true, m: size.queries, n: size.total, k: size.width, alpha: scale, q.base + from,
          leadingA: size.isFlat ? size.queryHeads * size.width : size.width,
          keys.base + shareBlock * size.total * size.width,
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
        if let earlier {
          unsafe start.base.update(from: earlier.base + block * size.past * width, count: size.past * width)
        }
        for step in 0..<size.new {
          let from =
            size.isFlat
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
