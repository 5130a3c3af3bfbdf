import CalibrationCache
import Executor
import Export
import Foundation
import ONNX
import TensorCore

/// What became of checking an exported network.
package struct ExportVerification: Encodable, Sendable {
  /// How far the executor's results of the file lie from what the original network gives in that precision, in decibels
  /// of signal to noise over all outputs; nil where they are equal, bit for bit.
  package internal(set) var predictionDecibels: Double?
  /// Where the bits are not equal in a network of 16 bits: whether they are with float32 in place of 16-bit floats and each
  /// result rounded; nil where that was not asked.
  package internal(set) var isEqualWidened: Bool?
  /// The version of onnxruntime; nil where it was not asked.
  package internal(set) var onnxruntimeVersion: String?
  /// Why it was not asked, other than that there is none.
  package internal(set) var onnxruntimeObstacle: String?
  /// Whether onnxruntime knows the network's operators but computes none of them in these types on the CPU.
  package internal(set) var onnxruntimeLacksKernels = false
  /// How many values onnxruntime computed, node by node, each from the inputs that the executor had.
  package internal(set) var comparedValues = 0
  /// The value on which the two lie farthest apart, and how far in decibels; nil where all are equal.
  package internal(set) var worstValue: String?
  package internal(set) var worstDecibels: Double?
  /// How far apart the results of the whole network are; nil where they are equal or were not compared. Sums added in
  /// another order move codes of INT8, and every layer makes more of it: no limit holds for this figure.
  package internal(set) var wholeDecibels: Double?

  var text: String {
    func words(_ decibels: Double?) -> String { decibels.map { String(format: "%.1f dB", $0) } ?? "equal" }
    let widened = isEqualWidened == true ? " (equal on kernels of float32)" : ""
    let own = "verified: read again and run here, against the prediction: \(words(predictionDecibels))\(widened)"
    guard let onnxruntimeVersion else {
      return own + "; onnxruntime: not asked, for \(onnxruntimeObstacle ?? "it was not found")"
    }
    if onnxruntimeLacksKernels { return own + "; onnxruntime \(onnxruntimeVersion): no kernels for these types" }
    guard comparedValues > 0 else {
      return own + "; onnxruntime \(onnxruntimeVersion), the whole network: \(words(wholeDecibels))"
    }
    let worst = worstValue.map { ", the farthest '\($0)' at \(words(worstDecibels))" } ?? ", all equal"
    return own + "; onnxruntime \(onnxruntimeVersion), node by node from the same inputs: \(comparedValues) values"
      + "\(worst); the whole network: \(words(wholeDecibels))"
  }
}

/// Reads an exported network again and runs it, here and in onnxruntime.
struct ExportVerifier {
  let settings: ExportSettings
  /// Nil where the file is to compute what the original network does.
  let prediction: Prediction?

  /// Where the bits of two runs cannot be equal, for sums are added in another order: a code of INT8 on a border falls to
  /// the other side and grows, but never to as much as INT8 itself costs.
  private static let leastDecibels = 40.0
  private static let decibelsAboveNoise = 3.0

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
      exact = settings.format.half != nil ? try Prediction.runWidened(model, inputs)?.map(Self.copied) : nil
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError(
        .checkFailed, "\(settings.output): expected a network that runs, found: \(error); not written")
    }
    let noise = Self.decibels(predicted, full32) ?? .infinity
    let direct = try agreed(outputs, predicted, noise: noise)
    result.predictionDecibels = direct
    if direct != nil, let exact { result.isEqualWidened = Self.decibels(exact, predicted) == nil }
    try compareNodes(of: model, inputs, outputs, folder, &result)
    return result
  }

  /// - Parameter noise: How far low precision takes the results from FP32.
  private func agreed(_ outputs: [Tensor], _ predicted: [Tensor], noise: Double) throws(PipelineError) -> Double? {
    guard zip(outputs, predicted).allSatisfy({ $0.shape == $1.shape }), outputs.count == predicted.count else {
      throw PipelineError(
        .checkFailed, "\(settings.output): expected the shapes that the prediction has, found others; not written")
    }
    guard let decibels = Self.decibels(outputs, predicted) else { return nil }
    // Infinite where low precision overflows: that excuses nothing.
    let least = noise.isFinite ? min(Self.leastDecibels, noise + Self.decibelsAboveNoise) : Self.leastDecibels
    guard decibels >= least else {
      throw PipelineError(
        .checkFailed,
        "\(settings.output): expected what the prediction computes within \(String(format: "%.1f", least)) dB, found "
          + "\(String(format: "%.1f", decibels)) dB; not written: try --verify-input with real values")
    }
    return decibels
  }

  /// Has onnxruntime compute every node from the inputs that the executor had, and then the network as a whole.
  private func compareNodes(
    of model: Model, _ inputs: [Tensor], _ outputs: [Tensor], _ folder: ScratchFolder,
    _ result: inout ExportVerification
  ) throws(PipelineError) {
    let path = "\(folder.path)/network.onnx", place = settings.output
    guard let whole = try OnnxruntimeProcess.run(path, inputs: inputs, model: model, place: place, in: folder) else {
      if settings.format.half == .bf16 { result.onnxruntimeObstacle = "NumPy has no arrays of bfloat16" }
      return
    }
    result.onnxruntimeVersion = whole.version
    guard let theirs = whole.outputs else {
      result.onnxruntimeLacksKernels = true
      return
    }
    result.wholeDecibels = Self.decibels(outputs, theirs.map(Self.copied)).flatMap { $0.isFinite ? $0 : nil }
    guard let parts = try? SeparateNodes(model, inputs: inputs) else { return }
    let partsPath = "\(folder.path)/nodes.onnx"
    do { try ONNXWriter.writeWithExternalData(parts.model, to: partsPath) } catch { return }
    guard
      let done = try OnnxruntimeProcess.run(
        partsPath, inputs: parts.inputs, model: parts.model, place: place, in: folder), let values = done.outputs
    else { return }
    result.comparedValues = values.count
    guard let worst = parts.worst(of: values.map(Self.copied)) else { return }
    result.worstValue = worst.value
    result.worstDecibels = worst.decibels
    let least = settings.format.half != nil ? Self.leastOfHalfNode : Self.leastOfNode
    guard worst.decibels >= least else {
      throw PipelineError(
        .checkFailed,
        "\(place): node '\(worst.node)' (\(worst.opType)): expected what onnxruntime \(whole.version) computes of the same "
          + "inputs within \(Int(least)) dB, found \(String(format: "%.1f", worst.decibels)) dB; not written")
    }
  }

  /// A node by itself: other orders of addition leave more than this of float32, and roundings of 16 bits that fall on the
  /// other side more than this.
  private static let leastOfNode = 60.0
  private static let leastOfHalfNode = 40.0

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
        return try GivenInputs(settings.verificationInputs, graph: model.graph, shapes: shapes, flag: "--verify-input")
          .tensors(for: try Network(model))
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
    // The same numbers every time.
    var random = SplitMix64(seed: 0x2545_f491_4f6c_dd1d)
    var tensors: [Tensor] = []
    for (input, type) in zip(model.graph.inputs, try shapes.types(for: model.graph)) {
      let bound = amax[input.name].map { $0 > 0 ? $0 : 1 } ?? 1
      let floats = (0..<type.shape.count).map { _ in (Float(random.next() >> 40) * 0x1p-23 - 1) * bound }
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
