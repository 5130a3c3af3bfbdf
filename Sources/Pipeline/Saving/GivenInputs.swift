import CalibrationData
import Executor
import Foundation
import ONNX
import TensorCore

/// The input values that a user names file by file.
struct GivenInputs {
  private let tensors: [NamedTensor]
  private let shapes: InputShapes
  private let flag: String

  /// Reads `flags`, each `NAME=FILE.npy`, `FILE.npz`, or `FILE.npy` for a network's only input.
  ///
  /// - Throws: ``PipelineError`` for a name that is no input, an input named twice or not at all, and an unreadable file.
  ///
  /// - Parameter flag: The name of the flag, for errors.
  init(
    _ flags: [String], graph: Graph, shapes: InputShapes, flag: String = "--input"
  ) throws(PipelineError) {
    let names = graph.inputs.map(\.name)
    var tensors: [NamedTensor] = []
    for text in flags { tensors += try GivenInputs.read(text, names: names, flag: flag) }
    var seen: Set<String> = []
    for tensor in tensors {
      guard let name = tensor.name else { continue }
      guard names.contains(name) else {
        throw PipelineError(
          .usage, "\(flag): expected one of the inputs \(names.joined(separator: ", ")), found '\(name)'; correct it")
      }
      guard seen.insert(name).inserted else {
        throw PipelineError(.usage, "\(flag): expected each input once, found '\(name)' twice; give one of them")
      }
    }
    for name in names where !seen.contains(name) {
      // A file without names is the only input, or the inputs in their order.
      if tensors.count == names.count, tensors.allSatisfy({ $0.name == nil }) { break }
      throw PipelineError(
        .usage,
        "input '\(name)': expected its values, found none; give \(flag) \(name)=FILE.npy")
    }
    self.tensors = tensors
    self.shapes = shapes
    self.flag = flag
  }

  /// - Returns: One tensor per input, in the network's order, of the types it asks for.
  func tensors(for network: Network) throws(PipelineError) -> [Tensor] {
    let fitted = try InputFitting(network).fit(tensors, sample: flag)
    try shapes.check(fitted.map(\.type), for: network.model.graph)
    return fitted
  }

  private static func read(
    _ text: String, names: [String], flag: String
  ) throws(PipelineError) -> [NamedTensor] {
    // A name may hold an equals sign, and so may a path.
    let name = names.filter { text.hasPrefix($0 + "=") }.max { $0.count < $1.count }
    let path = name.map { String(text.dropFirst($0.count + 1)) } ?? text
    if name == nil, text.contains("="), !FileManager.default.fileExists(atPath: path) {
      throw PipelineError(
        .usage,
        "\(flag): expected NAME=FILE.npy with one of the inputs \(names.joined(separator: ", ")), found '\(text)'; "
          + "correct it")
    }
    do {
      if path.hasSuffix(".npy") {
        return [NamedTensor(name: name, tensor: try StoredArray(npyAt: path, place: path).tensor())]
      }
      if path.hasSuffix(".npz"), name == nil {
        var tensors: [NamedTensor] = []
        for (name, array) in try NPZArchive(path: path, place: path).arrays {
          tensors.append(NamedTensor(name: name, tensor: try array.tensor()))
        }
        return tensors
      }
    } catch {
      throw PipelineError(error)
    }
    throw PipelineError(.usage, "\(flag): expected NAME=FILE.npy or FILE.npz, found '\(text)'; correct it")
  }
}
