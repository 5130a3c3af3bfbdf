import OnnxProto
import TensorCore

extension TensorReader {
  /// A sparse constant written out: zero wherever it names no value.
  ///
  /// Its positions are `[count]` indices in row-major order or `[count, rank]` coordinates. A position named twice
  /// takes the later value.
  mutating func denseTensor(
    _ proto: OnnxSparseTensorProto, at place: TensorPlace
  ) throws(ONNXError.Fault) -> Tensor {
    let values = try tensor(proto.values, at: place)
    let type = try tensorType(values.elementType, dims: proto.dims, at: place)
    guard type.byteCount <= sparseBytesLeft else {
      throw .tensor(place, .tooLarge(byteCount: type.byteCount, limit: ONNXReader.maximumSparseByteCount))
    }
    guard values.shape.rank == 1 else {
      throw .tensor(place, .sparse("expected values of one axis, found \(values.shape)"))
    }
    let positions = try tensor(proto.indices, at: place)
    guard positions.elementType == .int64, let indices = positions.integers else {
      throw .tensor(place, .sparse("expected positions of type int64, found \(positions.elementType)"))
    }
    let coordinates = positions.shape == [values.count, type.shape.rank]
    guard coordinates || positions.shape == [values.count] else {
      throw .tensor(
        place,
        .sparse(
          """
          expected positions of shape [\(values.count)] or \(Shape([values.count, type.shape.rank])), \
          found \(positions.shape)
          """))
    }

    sparseBytesLeft -= type.byteCount
    let dense = Tensor(uninitialized: type)
    unsafe dense.base.initializeMemory(as: UInt8.self, repeating: 0, count: type.byteCount)
    let size = type.elementType.byteCount
    let extents = coordinates ? type.shape.dimensions : [type.shape.count]
    for row in 0..<values.count {
      var position = 0
      for axis in extents.indices {
        let index = indices[row * extents.count + axis]
        guard index >= 0, index < extents[axis] else {
          throw .tensor(place, .sparse("expected positions inside \(type.shape), found \(index) on axis \(axis)"))
        }
        position = position * extents[axis] + index
      }
      unsafe (dense.base + position * size).copyMemory(from: values.base + row * size, byteCount: size)
    }
    return dense
  }
}
