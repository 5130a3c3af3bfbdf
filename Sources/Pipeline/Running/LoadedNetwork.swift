package import Executor
import ONNX

/// A network read from a file, with the digest of every byte it was read from.
package struct LoadedNetwork: Sendable {
  package let path: String
  package let network: Network
  /// SHA-256 of the file and of the files with external data that it names.
  package let digest: String

  /// - Throws: ``PipelineError`` for a file that is missing, is no network, or uses an operator that is not known.
  package init(path: String, plugins: Plugins = .none) throws(PipelineError) {
    do {
      let (model, digest) = try LoadedNetwork.read(path)
      network = try Network(model, registry: plugins.registry)
      self.digest = digest
      self.path = path
    } catch let error as OperatorError {
      throw PipelineError(.badData, "\(path): \(error)")
    } catch {
      throw PipelineError(error)
    }
  }

  private enum Part: Sendable {
    case model(Result<Model, ONNXError>)
    case digest(Result<String, PipelineError>)
  }

  /// Parses the file on one thread and hashes it on another: both take a tenth of a second where it has 100 MB.
  private static func read(_ path: String) throws -> (model: Model, digest: String) {
    let parts = parallelMap(2, workers: 2) { index in
      index == 0
        ? Part.model(Result { () throws(ONNXError) in try ONNXReader.readModel(at: path) })
        : Part.digest(Result { () throws(PipelineError) in try Digest.ofFiles([path]) })
    }
    guard case .model(let read) = parts[0], case .digest(let hashed) = parts[1] else {
      preconditionFailure("one result for each part, in order")
    }
    let model = try read.get()
    // Which files belong to the network is known only now; where there are some, this one is small.
    return (model, model.externalFiles.isEmpty ? try hashed.get() : try Digest.ofFiles([path] + model.externalFiles))
  }
}
