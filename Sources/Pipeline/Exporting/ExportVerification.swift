import CalibrationCache
import Executor
import Export
import Foundation
import ONNX
import TensorCore

/// What became of checking an exported network.
package struct ExportVerification: Encodable, Sendable {
  /// How far the executor's results of the file lie from what the original network gives in that precision, in decibels
  /// of signal to noise over all outputs; nil where they are equal.
  package internal(set) var predictionDecibels: Double?
  /// The same between the executor's and onnxruntime's results of the file; nil where equal, or where it was not run.
  package internal(set) var onnxruntimeDecibels: Double?
  /// Its version; nil where there is none to ask.
  package internal(set) var onnxruntimeVersion: String?
  /// Whether onnxruntime knows the network's operators but computes none of them in these types on the CPU.
  package internal(set) var onnxruntimeLacksKernels = false

  var text: String {
    func words(_ decibels: Double?) -> String { decibels.map { String(format: "%.1f dB", $0) } ?? "equal" }
    let other =
      onnxruntimeVersion.map {
        "onnxruntime \($0): " + (onnxruntimeLacksKernels ? "no kernels for these types" : words(onnxruntimeDecibels))
      }
      ?? "onnxruntime: not found, not asked"
    return "verified: read again, run here against the prediction: \(words(predictionDecibels)); \(other)"
  }
}

/// Reads an exported network again and runs it, here and in onnxruntime.
struct ExportVerifier {
  let settings: ExportSettings
  /// Nil where the file is to compute what the original network does.
  let prediction: Prediction?

  /// Below this the two disagree. Different orders of addition change a code of INT8 here and there, worth 40 dB and more;
  /// a wrong scale, axis or node leaves less than 20.
  private static let leastDecibels = 25.0

  /// - Throws: ``PipelineError`` with the code of a failed check where results disagree.
  func verify(_ path: String, in folder: ScratchFolder) throws(PipelineError) -> ExportVerification {
    var result = ExportVerification()
    let model: Model
    let inputs: [Tensor], outputs: [Tensor], predicted: [Tensor], full32: [Tensor], exact: [Tensor]?
    BLAS.useOneThread()
    do {
      model = try ONNXReader.readModel(at: path)
      let original = try ONNXReader.readModel(at: settings.model)
      let full = try values(for: original)
      inputs = zip(full, model.graph.inputs).map { tensor, input in
        tensor.elementType == .float32 && input.elementType != .float32 ? Self.cast(tensor, input.elementType) : tensor
      }
      outputs = try Prediction.run(model, inputs).map(Self.copied)
      full32 = try Prediction.run(original, full).map(Self.copied)
      predicted = try prediction?.run(full).map(Self.copied) ?? full32
      if case .typed = settings.format {
        exact = try Prediction.runWidened(model, inputs)?.map(Self.copied)
      } else {
        exact = nil
      }
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError(
        .checkFailed, "\(settings.output): expected a network that runs, found: \(error); not written")
    }
    let noise = Self.decibels(outputs, full32) ?? .infinity
    let direct = try agreed(outputs, predicted, "what the executor predicts", noise: noise)
    // On the kernels of float32 networks the same sums are added in the same order: there the bits can be equal.
    result.predictionDecibels = exact.map { Self.decibels($0, predicted) } ?? direct
    guard let other = try OnnxruntimeProcess.run(path, inputs: inputs, model: model, place: settings.output, in: folder)
    else { return result }
    result.onnxruntimeVersion = other.version
    guard let theirs = other.outputs else {
      result.onnxruntimeLacksKernels = true
      return result
    }
    result.onnxruntimeDecibels = try agreed(
      outputs, theirs.map(Self.copied), "onnxruntime \(other.version)", noise: noise)
    return result
  }

  /// - Parameter noise: How far low precision itself takes the results from FP32: where that is further, codes that fall on
  ///   the other side of a step may move as much.
  private func agreed(
    _ outputs: [Tensor], _ others: [Tensor], _ whose: String, noise: Double
  ) throws(PipelineError) -> Double? {
    guard zip(outputs, others).allSatisfy({ $0.shape == $1.shape }), outputs.count == others.count else {
      throw PipelineError(
        .checkFailed, "\(settings.output): expected the outputs of \(whose), found other shapes; not written")
    }
    guard let decibels = Self.decibels(outputs, others) else { return nil }
    let least = min(Self.leastDecibels, noise)
    guard decibels >= least else {
      throw PipelineError(
        .checkFailed,
        "\(settings.output): expected results within \(String(format: "%.1f", least)) dB of \(whose), found "
          + "\(String(format: "%.1f", decibels)) dB; not written: try --verify-input with real values")
    }
    return decibels
  }

  /// Signal to noise over all float outputs; nil where there is no noise.
  static func decibels(_ outputs: [Tensor], _ others: [Tensor]) -> Double? {
    var signal = 0.0, noise = 0.0
    for (one, other) in zip(outputs, others) where one.elementType == .float32 && other.elementType == .float32 {
      for (a, b) in zip(one.array(of: Float.self), other.array(of: Float.self)) where a != b {
        guard a.isFinite, b.isFinite else {
          if a.isNaN, b.isNaN { continue }
          return -.infinity
        }
        noise += (Double(a) - Double(b)) * (Double(a) - Double(b))
      }
      for b in other.array(of: Float.self) where b.isFinite { signal += Double(b) * Double(b) }
    }
    return noise == 0 ? nil : 10 * log10(max(signal, 1e-300) / noise)
  }

  private func values(for model: Model) throws(PipelineError) -> [Tensor] {
    let shapes = try InputShapes(settings.inputShapes)
    if !settings.verificationInputs.isEmpty {
      do {
        return try GivenInputs(settings.verificationInputs, graph: model.graph, shapes: shapes).tensors(
          for: try Network(model))
      } catch {
        throw PipelineError(error)
      }
    }
    var amax: [String: Float] = [:]
    if let calibration = settings.calibration {
      for entry in try LoadedCache(path: calibration).document.entries where entry.scale.isFinite {
        amax[entry.name] = Float(entry.amax)
      }
    }
    var random = SeededNumbers()
    var tensors: [Tensor] = []
    for (input, type) in zip(model.graph.inputs, try shapes.types(for: model.graph)) {
      let bound = amax[input.name].map { $0 > 0 ? $0 : 1 } ?? 1
      let floats = (0..<type.shape.count).map { _ in random.next(upTo: bound) }
      switch type.elementType {
      case .float32: tensors.append(Tensor(floats, shape: type.shape))
      case .int64: tensors.append(Tensor([Int64](repeating: 1, count: type.shape.count), shape: type.shape))
      case .int32: tensors.append(Tensor([Int32](repeating: 1, count: type.shape.count), shape: type.shape))
      case .bool: tensors.append(Tensor([Bool](repeating: true, count: type.shape.count), shape: type.shape))
      case .float16: tensors.append(Tensor(floats.map { Float16($0) }, shape: type.shape))
      default:
        throw PipelineError(
          .usage, "input '\(input.name)': expected values for a check with \(type), found none; give --verify-input")
      }
    }
    return tensors
  }

  static func cast(_ tensor: Tensor, _ type: ElementType?) -> Tensor {
    let values = tensor.array(of: Float.self)
    switch type {
    case .float16: return Tensor(values.map { Float16($0) }, shape: tensor.shape)
    case .bfloat16: return Tensor(values.map { BFloat16($0) }, shape: tensor.shape)
    default: return tensor
    }
  }

  /// A copy in memory of its own, 16-bit floats as float32: the session's memory goes with it.
  static func copied(_ tensor: Tensor) -> Tensor {
    tensor.elementType == .float32 ? Tensor(tensor.array(of: Float.self), shape: tensor.shape) : tensor.widened
  }
}

/// The same numbers every time: SplitMix64 (Steele, Lea, Flood 2014).
private struct SeededNumbers {
  private var state: UInt64 = 0x2545_f491_4f6c_dd1d

  mutating func next(upTo bound: Float) -> Float {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    return (Float(mixed >> 40) * 0x1p-23 - 1) * bound
  }
}
