import FoundationEssentials
import Glibc
import OnnxProto
import TensorCore

extension ONNXWriter {
  /// Constants from this size on go to the file beside the model; smaller ones, shapes and scales among them, stay inside.
  package static let externalByteCount = 1024

  /// What the file beside a model at `path` is called.
  package static func externalPath(for path: String) -> String { path + ".data" }

  /// Whether the constants of `model` need a file of their own: one file of a network must stay below 2 GiB.
  package static func needsExternalData(_ model: Model) -> Bool {
    model.graph.initializers.values.reduce(0) { $0 + $1.type.byteCount } >= (1 << 31) - (64 << 20)
  }

  /// Writes `model` to `path` and its large constants to ``externalPath(for:)``, by their names in ascending order, each at
  /// a multiple of 64 bytes; see [External Data](https://onnx.ai/onnx/repo-docs/ExternalData.html).
  ///
  /// Both files appear whole, the constants first. A network without large constants gets no second file.
  package static func writeWithExternalData(_ model: Model, to path: String) throws(ONNXWriteError) {
    guard model.graph.initializers.values.contains(where: { $0.type.byteCount >= externalByteCount }) else {
      try write(model, to: path)
      return
    }
    let dataPath = externalPath(for: path)
    var slim = model
    slim.irVersion = max(model.irVersion, 4)
    slim.graph.initializers = model.graph.initializers.filter { $0.value.type.byteCount < externalByteCount }
    var proto: OnnxModelProto
    do throws(ONNXWriteError.Fault) {
      proto = try OnnxModelProto(slim)
    } catch {
      throw ONNXWriteError(path: path, fault: error)
    }
    do throws(FileError) {
      let data = try AtomicFile(path: dataPath)
      let location = dataPath.split(separator: "/").last.map(String.init) ?? dataPath
      var offset = 0
      for (name, tensor) in model.graph.initializers.sorted(by: { $0.key < $1.key })
      where tensor.type.byteCount >= externalByteCount {
        let padding = [UInt8](repeating: 0, count: (64 - offset % 64) % 64)
        unsafe try data.write(padding.span.bytes)
        offset += padding.count
        try data.write(tensor)
        proto.graph.initializer.append(OnnxTensorProto(tensor.type, name: name, location: location, offset: offset))
        offset += tensor.type.byteCount
      }
      let file = try AtomicFile(path: path)
      guard let bytes = try? proto.onnxBytes() else { throw FileError(path: path, operation: .write, code: EFBIG) }
      unsafe try file.write(bytes.span.bytes)
      try data.commit()
      try file.commit()
    } catch {
      throw ONNXWriteError(path: path, fault: .file(error))
    }
  }
}

extension AtomicFile {
  /// Adds the bytes of a tensor.
  fileprivate func write(_ tensor: Tensor) throws(FileError) {
    let bytes = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(tensor.base), byteCount: tensor.type.byteCount)
    try write(bytes)
  }
}

extension OnnxTensorProto {
  /// A message whose payload lies in another file.
  fileprivate init(_ type: TensorType, name: String, location: String, offset: Int) {
    self.init()
    self.name = name
    dataType = type.elementType.onnx
    dims = type.shape.dimensions.map(Int64.init)
    dataLocation = .external
    externalData = [("location", location), ("offset", "\(offset)"), ("length", "\(type.byteCount)")].map {
      key, value in
      var entry = OnnxStringStringEntryProto()
      entry.key = key
      entry.value = value
      return entry
    }
  }
}
