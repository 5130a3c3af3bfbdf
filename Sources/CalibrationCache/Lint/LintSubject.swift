/// What the rules look at: a cache, and the network it is for where one is given.
package struct LintSubject: Sendable {
  package let document: CacheDocument
  package let format: any CacheFormat.Type
  /// Nil where no network is given.
  package let model: [ModelTensor]?
  private let modelIndex: [String: Int]

  package init(_ document: CacheDocument, format: any CacheFormat.Type, model: [ModelTensor]? = nil) {
    self.document = document
    self.format = format
    self.model = model
    modelIndex = Dictionary((model ?? []).enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
  }

  /// The entries of activations.
  package var activations: [CacheEntry] { document.entries.filter { $0.role == .activation } }

  /// Whether the file holds scales, which could by mistake be magnitudes.
  package var holdsScales: Bool { format == TensorRTCache.self }

  package func tensor(_ name: String) -> ModelTensor? { modelIndex[name].flatMap { model?[$0] } }

  /// What the tensor's values never exceed, going by the operator that makes it, or, without a network, by its name.
  package func bound(of name: String) -> Float? {
    if let tensor = tensor(name) {
      guard let opType = tensor.opType else { return nil }
      return Self.boundedOperators.contains(opType) ? 1 : nil
    }
    let lower = name.lowercased()
    guard !lower.contains("logsoftmax"), !lower.contains("logsigmoid") else { return nil }
    return lower.contains("softmax") || lower.contains("sigmoid") || Self.words(lower).contains("prob") ? 1 : nil
  }

  private static let boundedOperators: Set = [
    "Sigmoid", "HardSigmoid", "Softmax", "Tanh", "Softsign", "Erf", "Sin", "Cos",
  ]

  private static func words(_ text: String) -> [Substring] { text.split { !$0.isLetter } }

  /// Whether the two scales are equal but for rounding.
  package static func areClose(_ left: Double, _ right: Double) -> Bool {
    (left - right).magnitude <= 2e-7 * max(left.magnitude, right.magnitude)
  }
}
