package import FoundationEssentials
import OnnxProto
import TensorCore

/// Writes networks in the [ONNX format](https://onnx.ai/onnx/repo-docs/IR.html), everything in one file.
///
/// The same model gives the same bytes: constants and attributes are written in the order of their names, tensors as
/// raw bytes. What ``Model`` does not hold (documentation and metadata of single nodes and values, quantization
/// annotations, training and device information) is not written.
package enum ONNXWriter {
  /// Writes `model` to `path`: beside it first, so that no half-written file ever stands there.
  package static func write(_ model: Model, to path: String) throws(ONNXWriteError) {
    let bytes = try bytes(of: model, path: path)
    do throws(FileError) {
      let file = try AtomicFile(path: path)
      unsafe try file.write(bytes.span.bytes)
      try file.commit()
    } catch {
      throw ONNXWriteError(path: path, fault: .file(error))
    }
  }

  /// What a file of `model` holds.
  ///
  /// - Parameter path: The file's name in messages.
  package static func bytes(of model: Model, path: String = "model.onnx") throws(ONNXWriteError) -> Data {
    do throws(ONNXWriteError.Fault) {
      return try message(model)
    } catch {
      throw ONNXWriteError(path: path, fault: error)
    }
  }
}

private func message(_ model: Model) throws(ONNXWriteError.Fault) -> Data {
  let proto = try OnnxModelProto(model)
  do throws(ProtoError) {
    return try proto.onnxBytes()
  } catch {
    throw .size
  }
}
