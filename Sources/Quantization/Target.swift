/// The engine builder that a network is quantized for: it decides which nodes compute in INT8 and which grids there
/// are.
package enum Target: String, Sendable, Hashable, CaseIterable, Codable {
  /// Symmetric signed activations; INT8 convolutions and products, residual sums in their epilogue.
  case tensorrt
  /// Asymmetric unsigned activations; every operator that has a quantized kernel.
  case onnxruntime
  /// Asymmetric unsigned activations; residual sums in a convolution's epilogue.
  case openvino

  /// Whether activations have a zero point other than 0.
  package var isAsymmetric: Bool { self != .tensorrt }
}
