/// `axis` counted from the front; ONNX lets it count from the back when negative.
///
/// - Parameter allowEnd: Whether an axis just behind the last is meant too, as where axes are split in two groups.
package func normalizedAxis(
  _ axis: Int, rank: Int, node: NodeLabel, allowEnd: Bool = false
) throws(OperatorError) -> Int {
  let normalized = axis < 0 ? axis + rank : axis
  // A scalar counts as one element along axis 0.
  let end = max(rank, 1) + (allowEnd ? 1 : 0)
  guard normalized >= 0, normalized < end else {
    throw OperatorError(node, .value("expected an axis in \(-rank)..<\(rank), found \(axis); re-export the network"))
  }
  return normalized
}

/// Each of `axes` counted from the front, sorted. Throws where one is named twice.
package func normalizedAxes(_ axes: [Int], rank: Int, node: NodeLabel) throws(OperatorError) -> [Int] {
  var result: [Int] = []
  for axis in axes {
    let normalized = try normalizedAxis(axis, rank: rank, node: node)
    guard !result.contains(normalized) else {
      throw OperatorError(node, .value("expected axes that differ, found \(axes); re-export the network"))
    }
    result.append(normalized)
  }
  return result.sorted()
}
