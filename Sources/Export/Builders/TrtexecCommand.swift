/// Command lines of TensorRT's `trtexec` that build an engine from what was exported.
///
/// Source of what 11 took away:
/// [Migrating trtexec Usage](https://docs.nvidia.com/deeplearning/tensorrt/11.0.0/api/migration/tensorrt-10x-to-11x-trtexec.html).
package enum TrtexecCommand {
  /// Up to 10.16: precision flags, and a calibration cache instead of explicit nodes.
  ///
  /// - Parameters:
  ///   - cache: The calibration cache; nil for an engine without INT8.
  ///   - lowFloat: Whether layers may compute in FP16 or BF16: `fp16` or `bf16`.
  ///   - layers: Nodes whose precision must be obeyed, in order: `fp32`, `fp16`, `bf16` or `int8`.
  package static func implicit(
    model: String, cache: String?, lowFloat: String? = nil, layers: [(name: String, precision: String)] = []
  ) -> String {
    var words = ["trtexec", "--onnx=\(model)"]
    if let cache { words += ["--int8", "--calib=\(cache)"] }
    if let lowFloat { words.append("--\(lowFloat)") }
    // A layer can be asked for a format only where the network may use it.
    if lowFloat != "bf16", layers.contains(where: { $0.precision == "bf16" }) { words.append("--bf16") }
    if !layers.isEmpty {
      let list = layers.map { "\($0.name):\($0.precision)" }.joined(separator: ",")
      words += ["--precisionConstraints=obey", "--layerPrecisions=\(list)"]
    }
    return (words + ["--saveEngine=\(engine(model))"]).map(quoted).joined(separator: " ")
  }

  /// From 11 on, where networks are strongly typed and that is all there is; and, with `--stronglyTyped`, in 8.6 to 10.16.
  package static func explicit(model: String, saysStronglyTyped: Bool = false) -> String {
    (["trtexec", "--onnx=\(model)"] + (saysStronglyTyped ? ["--stronglyTyped"] : []) + ["--saveEngine=\(engine(model))"])
      .map(quoted).joined(separator: " ")
  }

  /// Whether the list of layers can hold the name: `:` and `,` divide the list, and there is no way to write them.
  package static func canName(_ layer: String) -> Bool { !layer.contains { $0 == ":" || $0 == "," || $0.isNewline } }

  private static func engine(_ model: String) -> String {
    (model.hasSuffix(".onnx") ? String(model.dropLast(5)) : model) + ".engine"
  }

  /// As a shell takes it for one word.
  private static func quoted(_ word: String) -> String {
    let plain = word.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789-_=./:,@%+".unicodeScalars.contains(scalar))
    }
    return plain
      ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
