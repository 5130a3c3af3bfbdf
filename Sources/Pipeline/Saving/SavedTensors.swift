/// What `qtool run` has saved, and where: the content of `index.json`.
package struct SavedTensors: Encodable, Sendable {
  /// Raised whenever a field changes its meaning or goes.
  package let format = "qtool-tensors/1"
  package let network: String
  package let sha256: String
  package let folder: String
  package var tensors: [Entry] = []

  package struct Entry: Encodable, Sendable {
    package let name: String
    /// The node that makes it; absent for an input.
    package let node: String?
    package let isOutput: Bool
    /// As the network computes it; bfloat16 is stored as float32.
    package let elementType: String
    package let shape: [Int]
    package let file: String
  }

  private enum CodingKeys: String, CodingKey {
    case format, network, sha256, tensors
  }

  init(network: String, sha256: String, folder: String) {
    self.network = network
    self.sha256 = sha256
    self.folder = folder
  }

  /// For standard output: a line for each output, and how many tensors there are in all.
  package var text: String {
    let outputs = tensors.filter(\.isOutput).map { entry in
      let extents = entry.shape.map(String.init).joined(separator: ", ")
      return "output   \(entry.name)  \(entry.elementType) [\(extents)]  \(entry.file)"
    }
    return (outputs + ["tensors  \(tensors.count) in \(folder)"]).joined(separator: "\n")
  }

  /// The same as JSON.
  package func json() throws(PipelineError) -> String { try JSONText.encode(self) }
}
