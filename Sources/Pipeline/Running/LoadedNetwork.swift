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
    // Here, not first where matrices are multiplied: idle threads of the library would take a core from the reading.
    BLAS.useOneThread()
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
    case digest(String)
  }

  /// Parses the file on one thread and hashes it on another: both take most of a tenth of a second where it has 100 MB.
  private static func read(_ path: String) throws -> (model: Model, digest: String) {
    // Mapped once: a page that one of the two has taken from the system is there for the other.
    let bytes = try ONNXReader.contents(of: path)
    let parts = parallelMap(2, workers: 2) { index in
      index == 0
        ? Part.model(Result { () throws(ONNXError) in try ONNXReader.readModel(from: bytes, path: path) })
        : Part.digest(Digest.of(bytes))
    }
    guard case .model(let read) = parts[0], case .digest(let digest) = parts[1] else {
      preconditionFailure("one result for each part, in order")
    }
    let model = try read.get()
    // Which files belong to the network is known only now; where there are some, this one is small.
    return (model, model.externalFiles.isEmpty ? digest : try Digest.ofFiles([path] + model.externalFiles))
  }
}
