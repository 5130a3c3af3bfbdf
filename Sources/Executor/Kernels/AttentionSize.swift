import TensorCore

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
      guard let heads = attention.queryHeads else {
        throw OperatorError(operands.node, .missingAttribute("q_num_heads"))
      }
      guard let shared = attention.keyHeads else {
        throw OperatorError(operands.node, .missingAttribute("kv_num_heads"))
      }
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
        throw OperatorError(
          operands.node, .input(4, expected: "[\(batch), \(keyHeads), past, \(width)]", found: "\(pastKeys)"))
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
        .input(
          3, expected: "a shape that broadcasts to [\(batch), \(queryHeads), \(queries), \(past + new)]",
          found: "\(mask)"))
    }
    maskSteps = BroadcastWalk.steps(of: mask, in: full)
    maskedKeys = full[3] == 1 ? past + new : full[3]
  }
}
