import Calibration
import CalibrationData
import Executor
import ONNX
import TensorCore

/// Which tensors a calibration looks at.
package enum ObservedTensors: String, Sendable, Codable, CaseIterable {
  /// Every float tensor of the graph: a calibration cache of TensorRT's lists them all.
  case all
  /// Those that still exist once nodes are fused, as a convolution with the activation behind it. No builder asks for the
  /// scale of another, and the pass costs less.
  case fused
}

extension CalibrationJob {
  /// Whether each sample's extremes are added up, which the method `mean` needs.
  var keepsSampleExtremes: Bool { estimator is MeanExtremesRange || evidence == .methods }

  /// What to look at, so that everything asked for is known or follows.
  ///
  /// - Parameter used: Every sample of the calibration, other shards' included: what is fused is settled by the shapes of
  ///   the first that can be read.
  func observationScope(of network: LoadedNetwork, used: [Sample]) throws(PipelineError) -> ObservationScope {
    switch observed {
    case .all:
      // What derives from other tensors does so by its values; the extremes of single samples do not.
      return keepsSampleExtremes ? .only(Set(network.network.tensors.indices)) : .all
    case .fused:
      return .only(
        try network.fusedTensors(
          ofFirst: used, preprocessing: preprocessing, derivedToo: keepsSampleExtremes))
    }
  }
}

extension LoadedNetwork {
  /// ``Network/fusedTensors(for:derivedToo:)`` for the shapes of the first sample that can be read.
  fileprivate func fusedTensors(
    ofFirst samples: [Sample], preprocessing: Preprocessing?, derivedToo: Bool
  ) throws(PipelineError) -> Set<Int> {
    var failure: PipelineError?
    do {
      let preprocessor = try Preprocessor(preprocessing)
      for sample in samples {
        do {
          let tensors = try sample.load(with: preprocessor)
          let inputs = try InputFitting(network).fit(tensors, sample: sample.identifier)
          return try network.fusedTensors(for: inputs.map(\.type), derivedToo: derivedToo)
        } catch {
          failure = failure ?? PipelineError(error)
        }
      }
    } catch {
      throw PipelineError(error)
    }
    throw failure ?? PipelineError(.badData, "calibration data: expected at least one sample, found none; see --data")
  }
}
