import CalibrationData
import Executor
import Foundation
import TensorCore

/// A folder that tensors are saved to, one file each.
final class TensorFolder {
  private let path: String
  /// In lower case: some file systems know no other difference.
  private var usedNames: Set<String> = ["index"]

  /// Makes the folder where there is none.
  init(path: String) throws(PipelineError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw PipelineError(
        .cannotWrite, "\(path): expected a folder that can be made, found none; choose another --output-dir")
    }
    try OutputCheck.check(path + "/index.json")
  }

  func save(
    _ tensor: Tensor, name: String, node: String?, isOutput: Bool
  ) throws(PipelineError) -> SavedTensors.Entry {
    let file = fileName(for: name)
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

  /// The longest name without ending and number: file systems take 255 bytes.
  private static let maximumLength = 120

  /// A name of letters, digits, `.`, `_` and `-` that no other tensor has.
  private func fileName(for name: String) -> String {
    let safe = name.utf8.prefix(TensorFolder.maximumLength).map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        Character(Unicode.Scalar(byte))
      default: Character("_")
      }
    }
    // A leading dot would hide the file.
    let stem = safe.first == "." || safe.isEmpty ? "_" + String(safe) : String(safe)
    var candidate = stem, number = 1
    while !usedNames.insert(candidate.lowercased()).inserted {
      number += 1
      candidate = "\(stem)-\(number)"
    }
    return candidate + ".npy"
  }
}
