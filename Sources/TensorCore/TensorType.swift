/// How the elements of a tensor lie in memory.
package enum Layout: Sendable, Hashable {
  /// Row-major in the order of the shape's axes: the order in which ONNX defines every operator.
  case rowMajor
  /// `[N, C, H, W]` stored with the channels innermost and `halo` zero pixels around each image.
  case channelsLast(halo: Int)
}

/// What is known of a tensor before it is computed.
package struct TensorType: Sendable, Hashable {
  package var shape: Shape
  package var elementType: ElementType
  package var layout: Layout

  package init(_ shape: Shape, _ elementType: ElementType = .float32, layout: Layout = .rowMajor) {
    self.shape = shape
    self.elementType = elementType
    self.layout = layout
  }

  /// The bytes that a row-major tensor of this type occupies.
  package var byteCount: Int { shape.count * elementType.byteCount }
}

extension TensorType: CustomStringConvertible {
  /// `float32 [1, 3, 224, 224]`.
  package var description: String { "\(elementType) \(shape)" }
}
