import FoundationEssentials
import OnnxProto
import TensorCore

extension OnnxTensorProto {
  /// A message with a copy of the tensor's bytes.
  init(_ tensor: Tensor, name: String) {
    self.init()
    if !name.isEmpty { self.name = name }
    dataType = tensor.elementType.onnx
    dims = tensor.shape.dimensions.map(Int64.init)
    rawData = unsafe Data(bytes: tensor.base, count: tensor.type.byteCount)
  }
}

extension OnnxValueInfoProto {
  /// Of a graph's input or output, which needs a type.
  init(required info: ValueInfo) throws(ONNXWriteError.Fault) {
    if let other = info.otherType { throw .type(value: info.name, type: other) }
    self.init(info)
  }

  init(_ info: ValueInfo) {
    self.init()
    name = info.name
    guard let elementType = info.elementType else { return }
    type.tensorType.elemType = elementType.onnx
    guard let shape = info.shape else { return }
    // Touched even for a scalar: a shape without axes is not an unknown one.
    type.tensorType.shape = OnnxTensorShapeProto()
    type.tensorType.shape.dim = shape.map { extent in
      var dimension = OnnxTensorShapeProto.Dimension()
      switch extent {
      case .fixed(let count): dimension.dimValue = Int64(count)
      case .symbolic(let name): dimension.dimParam = name
      case .unknown: break
      }
      return dimension
    }
  }
}
