package import ONNX
package import TensorCore

/// A power of two that moves from the constants of one layer into those of the layer that reads it, past operators that
/// a positive factor commutes with. In float32 nothing changes; in 16 bits both layers' numbers can fit.
///
/// The exponent evens out the largest constants of both layers (as cross-layer equalization does, Nagel et al. 2019),
/// as far as the values between them leave room.
package struct Rescaling: Sendable, Hashable {
  /// A constant that is multiplied by `2^exponent`: all of it, or one channel.
  struct Factor: Sendable, Hashable {
    let constant: String
    /// The axis and the place in it; nil for the whole constant.
    let channel: Channel?
    let exponent: Int
  }

  struct Channel: Sendable, Hashable {
    let axis: Int
    let place: Int
  }

  /// The node whose results are scaled by `2^exponent`, and the one that takes it back.
  package let from: String
  package let into: String
  /// The only channel that is scaled; nil for all.
  package let channel: Int?
  package let exponent: Int
  let factors: [Factor]

  /// Nil where the layer's results reach no other layer by one way through operators that a factor passes, or where
  /// nothing would be gained.
  ///
  /// - Parameters:
  ///   - name: Of a Conv, Gemm, MatMul or Mul whose weights are a constant that nothing else uses.
  ///   - channel: The only channel to scale; nil for all.
  ///   - amax: The largest magnitude of the layer's results.
  package init?(of name: String, channel: Int? = nil, amax: Float, in graph: Graph, _ format: NarrowFormat) {
    let walk = RescalingWalk(graph)
    guard let place = graph.nodes.firstIndex(where: { $0.name == name }), let path = walk.path(from: place, channel)
    else { return nil }
    let own = walk.largest(path.weights), next = walk.largest(path.absorber)
    guard own > 0, next > 0, own.isFinite, next.isFinite else { return nil }
    var exponent = Int(((Double(next) / Double(own)).binaryLogarithm / 2).rounded())
    if amax > 0 {
      let room = (Double(format.largest) / 4 / Double(amax)).binaryLogarithm
      exponent = min(exponent, Int(room.rounded(.down)))
    }
    guard exponent != 0, abs(exponent) <= 100 else { return nil }
    from = name
    into = path.absorberNode
    self.channel = channel
    self.exponent = exponent
    factors =
      path.scaled.map { Factor(constant: $0.constant, channel: $0.channel, exponent: exponent) } + [
        Factor(
          constant: path.absorber.constant, channel: path.absorber.channel,
          exponent: path.absorberDivides ? exponent : -exponent)
      ]
  }

  func apply(to graph: inout Graph) {
    for factor in factors {
      let scale = Float(sign: .plus, exponent: factor.exponent, significand: 1)
      ModelCure.rewrite(factor.constant, in: &graph) { values, shape in
        let extents = shape.dimensions
        let inner = factor.channel.map { extents.dropFirst($0.axis + 1).reduce(1, *) } ?? 1
        for index in values.indices {
          if let channel = factor.channel, index / inner % extents[channel.axis] != channel.place { continue }
          values[index] *= scale
        }
      }
    }
  }
}

extension Rescaling: CustomStringConvertible {
  package var description: String {
    let what = channel.map { "channel \($0) of '\(from)'" } ?? "the constants of '\(from)'"
    return "multiply \(what) by 2^\(exponent) and those that read it in '\(into)' by 2^\(-exponent)"
  }
}
