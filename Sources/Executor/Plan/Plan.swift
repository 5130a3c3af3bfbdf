package import TensorCore

/// A network laid out for inputs of given types: what runs in which order, and where each value lies.
///
/// A plan holds no value that depends on a sample; workers share it.
package final class Plan: Sendable {
  /// A node, and those that run in place on its output.
  struct Step: Sendable {
    /// The index of the node among the network's; nil for a rounding that the policy asks for.
    let node: Int?
    let label: NodeLabel
    /// Nil where shapes depend on the data: the session then asks the operator when it has them.
    var kernel: (any Kernel)?
    var inputs: [Int?]
    var outputs: [Int]
    /// The format that the outputs are rounded to before the first stage.
    var rounding: Precision?
    var stages: [PlannedStage] = []
    /// For a late step: what operands of unknown shape are rounded to when they are there, by position; nil for none.
    var lateForms: [NumberForm?] = []
    /// Whether the kernel is the operator's form for images whose channels lie last.
    var isChannelsLast = false

    var isLate: Bool { kernel == nil }
  }

  struct PlannedStage: Sendable {
    let stage: Stage
    let rounding: Precision?
  }

  /// Where the values of one tensor are found.
  enum Storage: Sendable {
    case constant(Tensor)
    /// At this byte of the worker's arena.
    case arena(byteOffset: Int)
    /// Allocated when the shapes are known.
    case late
  }

  let network: Network
  let policy: NumericPolicy
  let steps: [Step]
  /// The values that hold the network's outputs, row-major.
  let outputs: [Int]
  let types: [TensorType?]
  let storage: [Storage]
  /// For each value, the tensor index to show it to the observer under.
  let observed: [Int?]
  /// Observed values that turned out not to depend on the sample after all: shown with every sample.
  let observedConstants: [Int]
  let arenaByteCount: Int
  let scratchByteCount: Int
  /// Every session helps to pack the weights before it runs.
  let packing: PackingQueue

  init(
    network: Network, policy: NumericPolicy, steps: [Step], outputs: [Int], types: [TensorType?], storage: [Storage],
    observed: [Int?], arenaByteCount: Int, scratchByteCount: Int
  ) {
    self.network = network
    self.policy = policy
    self.steps = steps
    self.outputs = outputs
    self.types = types
    self.storage = storage
    self.observed = observed
    observedConstants = observed.indices.filter { value in
      if case .constant = storage[value] { return observed[value] != nil }
      return false
    }
    self.arenaByteCount = arenaByteCount
    self.scratchByteCount = scratchByteCount
    packing = PackingQueue(steps.compactMap { ($0.kernel as? any PackedKernel)?.weights })
  }

  /// The types of the network's inputs that this plan is for.
  package var inputTypes: [TensorType] { network.inputs.compactMap { types[$0] } }

  /// The type of a tensor of ``Network/tensors``; nil where its shape depends on the data.
  package func type(of tensor: Int) -> TensorType? { types[network.tensors[tensor].value] }

  /// The types of the network's values by name, where they do not depend on the data.
  package var typesByName: [String: TensorType] {
    var result: [String: TensorType] = [:]
    for (value, name) in network.valueNames.enumerated() { result[name] = types[value] }
    return result
  }

  /// The bytes that a session for this plan allocates.
  package var byteCount: Int { arenaByteCount + scratchByteCount }
}
