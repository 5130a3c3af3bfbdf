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
      let model = try ONNXReader.readModel(at: path)
      network = try Network(model, registry: plugins.registry)
      digest = try Digest.ofFiles([path] + model.externalFiles)
      self.path = path
    } catch let error as OperatorError {
      throw PipelineError(.badData, "\(path): \(error)")
    } catch {
      throw PipelineError(error)
    }
  }
}
