import CalibrationData
import Foundation
import ONNX
import TensorCore

/// Runs networks in onnxruntime, where a Python can import it: the one that QTOOL_PYTHON names, else `python3`.
enum OnnxruntimeProcess {
  struct Result {
    let version: String
    /// In the order of the model's outputs; of 16-bit floats float32 copies. Nil where it has no kernels for the types.
    let outputs: [Tensor]?
  }

  /// Every node as the file has it: without the optimisations that would fuse Q/DQ pairs into integer kernels.
  private static let script = """
    import sys
    import numpy, onnxruntime
    network, folder = sys.argv[1:3]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    values = {v.name: numpy.load(f"{folder}/in.{i}.npy") for i, v in enumerate(session.get_inputs())}
    for i, result in enumerate(session.run(None, values)):
        numpy.save(f"{folder}/out.{i}.npy", result.astype(numpy.float32) if result.dtype.itemsize == 2 else result)
    print(onnxruntime.__version__)
    """

  /// - Returns: Nil where no Python can import onnxruntime, and for types that NumPy does not have.
  /// - Throws: ``PipelineError`` with the code of a failed check where onnxruntime refuses the network.
  static func run(
    _ network: String, inputs: [Tensor], model: Model, place: String, in folder: ScratchFolder
  ) throws(PipelineError) -> Result? {
    let types = model.graph.inputs.map(\.elementType) + model.graph.outputs.map(\.elementType)
    guard !types.contains(.bfloat16), call(["-c", "import numpy, onnxruntime"])?.code == 0 else { return nil }
    for (index, input) in inputs.enumerated() {
      do { try NPYWriter.write(input, to: "\(folder.path)/in.\(index).npy") } catch { throw PipelineError(error) }
    }
    guard let done = call(["-c", script, network, folder.path]) else { return nil }
    if done.code != 0, done.errors.contains("NOT_IMPLEMENTED") {
      let version = call(["-c", "import onnxruntime; print(onnxruntime.__version__)"])?.output ?? ""
      return Result(version: version.trimmingCharacters(in: .whitespacesAndNewlines), outputs: nil)
    }
    guard done.code == 0 else {
      let reason = done.errors.split(separator: "\n").last.map(String.init) ?? "no reason given"
      throw PipelineError(
        .checkFailed,
        "\(place): expected a network that onnxruntime runs, found one that it refuses (\(reason.prefix(300))); "
          + "not written")
    }
    var outputs: [Tensor] = []
    for index in model.graph.outputs.indices {
      let path = "\(folder.path)/out.\(index).npy"
      do {
        outputs.append(try StoredArray(npyAt: path, place: path).tensor())
      } catch {
        throw PipelineError(error)
      }
    }
    let version = done.output.trimmingCharacters(in: .whitespacesAndNewlines)
    return Result(version: version, outputs: outputs)
  }

  private static func call(_ arguments: [String]) -> (code: Int32, output: String, errors: String)? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let python = ProcessInfo.processInfo.environment["QTOOL_PYTHON"] ?? "python3"
    process.arguments = [python] + arguments
    let output = Pipe(), errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    // Little is said on either, so that neither pipe fills while the other is read.
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let complained = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: said, as: UTF8.self), String(decoding: complained, as: UTF8.self)
    )
  }
}
