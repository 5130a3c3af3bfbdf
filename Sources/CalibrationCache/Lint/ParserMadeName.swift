/// Names that TensorRT's parser gives to tensors that the ONNX file does not have.
package enum ParserMadeName {
  package static func matches(_ name: String) -> Bool {
    ["(Unnamed Layer*", "(Unnamed ITensor*", "ONNXTRT_"].contains { name.hasPrefix($0) }
  }
}
