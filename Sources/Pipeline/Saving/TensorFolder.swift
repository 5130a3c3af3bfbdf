import CalibrationData
import Executor
import Foundation
import TensorCore

/// A folder that tensors are saved to, one file each.
final class TensorFolder {
  private let path: String
  private var names = FileNames(taken: ["index"])

  /// Makes the folder where there is none.
  init(path: String) throws(PipelineError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw PipelineError(
        .cannotWrite, "\(path): expected a folder that can be made, found none; choose another --output-dir")
    }
    try OutputCheck.check([path + "/index.json"])
  }

  func save(
    _ tensor: Tensor, name: String, node: String?, isOutput: Bool
  ) throws(PipelineError) -> SavedTensors.Entry {
    let file = names.name(for: name) + ".npy"
    var stored = tensor
    // NumPy knows no bfloat16; every one of its values is a float32.
    if tensor.elementType == .bfloat16, let values = tensor.floats { stored = Tensor(values, shape: tensor.shape) }
    do {
      try NPYWriter.write(stored, to: "\(path)/\(file)")
    } catch {
      throw PipelineError(error)
    }
    return SavedTensors.Entry(
      name: name, node: node, isOutput: isOutput, elementType: "\(tensor.elementType)", shape: tensor.shape.dimensions,
      file: file)
  }

  func writeIndex(_ index: SavedTensors) throws(PipelineError) {
    let text = try JSONText.encode(index)
    do {
      try AtomicFile.write(text + "\n", to: path + "/index.json")
    } catch {
      throw PipelineError(error)
    }
  }
}
