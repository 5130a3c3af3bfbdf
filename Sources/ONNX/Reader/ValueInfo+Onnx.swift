import OnnxProto
import TensorCore

extension ValueInfo {
  init(_ proto: OnnxValueInfoProto) {
    self.init(name: proto.name, elementType: nil, shape: nil)
    switch proto.type.value {
    case .tensorType(let tensor):
      elementType = ElementType(onnx: tensor.elemType)
      if elementType == nil { otherType = "a tensor of \(elementName(onnx: tensor.elemType))" }
      if tensor.hasShape { shape = tensor.shape.dim.map(Dimension.init) }
    case .sparseTensorType: otherType = "a sparse tensor"
    case .sequenceType: otherType = "a sequence"
    case .mapType: otherType = "a map"
    case .optionalType: otherType = "an optional value"
    case .opaqueType: otherType = "an opaque value"
    case nil: break
    }
  }
}

extension Dimension {
  fileprivate init(_ proto: OnnxTensorShapeProto.Dimension) {
    self =
      switch proto.value {
      // Some exporters write -1 for an extent that they do not know.
      case .dimValue(let extent) where extent >= 0: .fixed(Int(extent))
      // Others name every extent that they do not know alike.
      case .dimParam(let name) where !["", "?", "-1", "None"].contains(name): .symbolic(name)
      default: .unknown
      }
  }
}
