import TensorCore

/// A node's code for images whose channels lie last: `[N, C, …]` stored as `[N, …, C]`.
package struct ChannelsLastForm: Sendable {
  /// Shapes in its frame stay `[N, C, …]`.
  package let kernel: any Kernel
  /// The inputs that it reads channels last; it reads the others as ONNX orders them. It writes every output channels
  /// last.
  package let inputs: [Int]
  /// Whether it is worth converting inputs for. Other nodes follow the layout that they find.
  package let isPreferred: Bool

  package init(_ kernel: any Kernel, inputs: [Int], isPreferred: Bool) {
    self.kernel = kernel
    self.inputs = inputs
    self.isPreferred = isPreferred
  }

  /// The form of a node that maps each element of its first input by itself: its code does not depend on the layout.
  package static func elementwise(_ kernel: any Kernel) -> ChannelsLastForm {
    ChannelsLastForm(kernel, inputs: [0], isPreferred: false)
  }
}

extension TensorType {
  /// Whether the elements lie in the same order in every layout.
  var layoutIsMoot: Bool {
    guard shape.rank >= 3 else { return true }
    return shape[1] == 1 || shape.dimensions.dropFirst(2).allSatisfy { $0 == 1 } || shape.count == 0
  }
}

extension Shape {
  /// With ones in front, so that there are `rank` axes.
  func aligned(to rank: Int) -> Shape { Shape(Array(repeating: 1, count: max(rank - self.rank, 0)) + dimensions) }

  /// `[N, C, …]` as `[N, …, C]`; the same shape where there are fewer than three axes.
  var channelsLast: Shape { Shape(channelsLastOrder.map { self[$0] }) }

  /// The axes as ONNX orders them.
  var order: [Int] { Array(0..<rank) }

  /// The axes in the order in which channels-last images have them.
  var channelsLastOrder: [Int] { rank < 3 ? order : [0] + Array(2..<rank) + [1] }

  /// For each axis, how many elements two neighbours lie apart where the axes lie in `order`.
  func strides(in order: [Int]) -> [Int] {
    var strides = dimensions
    for (axis, stride) in zip(order, Shape(order.map { self[$0] }).strides) { strides[axis] = stride }
    return strides
  }
}
