/// What can be done to the elements of a step's output where they lie, one after the other.
package enum StageKind: Sendable, Equatable {
  /// `y[n, c, …] = x[n, c, …] · scale[c] + shift[c]`.
  case affine(scale: [Float], shift: [Float])
  /// `y[…, k] = x[…, k] + shift[k]`: one number for each place along the last axis.
  case bias([Float])
  /// `y = x + z`, where `z` is the node's input `index` and has the shape of `x`.
  case add(index: Int)
  /// `y = min(max(x, lower), upper)`; NaN stays NaN.
  case clip(lower: Float, upper: Float)
}

/// A node that runs in place on the output of the step it belongs to.
///
/// It keeps its node and its tensor: the policy, the observer and the messages never see that it was fused.
package struct Stage: Sendable {
  package let node: Int
  /// The value that the node makes.
  package let value: Int
  package let kind: StageKind
  /// For ``StageKind/add(index:)``: the value to add.
  package let other: Int?
}
