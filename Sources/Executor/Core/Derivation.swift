/// How the statistics of a tensor follow exactly from those of the tensors it is made from.
///
/// A derived tensor need not be looked at: its histogram is computed once, at the end.
package enum Derivation: Sendable, Equatable {
  /// Exactly the values of input `index`, in whatever order or shape.
  case sameValues(index: Int)
  /// `max(x, 0)` of input `index`.
  case relu(index: Int)
  /// `min(max(x, 0), upper)` of input `index`, where every floating-point type holds `upper`, which is above 0.
  ///
  /// Between the bounds bins may have to be finer than those of the input: they are counted while the input is looked at.
  case clip(index: Int, upper: Float)
  /// Every value of every input, each once.
  case concatenation
}
