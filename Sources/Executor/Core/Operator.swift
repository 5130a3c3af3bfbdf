package import TensorCore

/// One ONNX operator with its attributes read and checked.
package protocol Operator: Sendable {
  /// Reads the attributes of `node`; every mistake in them is reported here, before any data is seen.
  init(_ node: NodeReader) throws(OperatorError)

  /// Answers what the node yields for such inputs. Throws where they do not fit together.
  func outputs(for operands: Operands) throws(OperatorError) -> Outputs

  /// Makes the code that computes it, with constant inputs packed as the code wants them.
  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel

  /// Makes the code for images whose channels lie last, where there is some.
  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm?

  /// How the first output's statistics follow from the inputs', where they follow exactly.
  ///
  /// Asked before shapes are known; `constants` are the inputs that do not depend on a sample.
  func derivation(constants: [Tensor?]) -> Derivation?

  /// Whether every number of the outputs is one of the inputs' numbers, 0, 1 or an infinity: on the grid of a format where
  /// those are.
  var movesNumbers: Bool { get }

  /// The largest magnitude that the first output can have, where the operator's own definition bounds it.
  var magnitudeBound: Float? { get }

  /// What this node does to its input `position`, where that can be done in place after the step that makes the input.
  func stage(replacing position: Int, of operands: Operands) -> StageKind?
}

extension Operator {
  package func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? { nil }
  package func derivation(constants: [Tensor?]) -> Derivation? { nil }
  package var movesNumbers: Bool { false }
  package var magnitudeBound: Float? { nil }
  package func stage(replacing position: Int, of operands: Operands) -> StageKind? { nil }
}

extension Operator where Self: Kernel {
  package func kernel(for operands: Operands) -> any Kernel { self }
}

/// The code of a node for one set of input types.
package protocol Kernel: Sendable {
  /// How many bytes of working memory a run needs beside its outputs.
  var scratchByteCount: Int { get }

  /// Computes every output of `frame` from its inputs.
  func run(_ frame: inout Frame) throws(OperatorError)
}

extension Kernel {
  package var scratchByteCount: Int { 0 }
}

/// What a kernel reads and writes in one run.
@safe
package struct Frame {
  package let node: NodeLabel
  /// Nil for an optional input that is not given.
  package var inputs: [Tensor?]
  /// In the plan's buffers. Where ``Outputs/dataDependent(_:)`` was answered the kernel sets them.
  package var outputs: [Tensor]
  package var scratch: UnsafeMutableRawPointer

  package init(node: NodeLabel, inputs: [Tensor?], outputs: [Tensor], scratch: UnsafeMutableRawPointer) {
    self.node = node
    self.inputs = inputs
    self.outputs = outputs
    unsafe self.scratch = unsafe scratch
  }

  /// A required input; its presence was checked when the node was planned.
  package func input(_ index: Int) throws(OperatorError) -> Tensor {
    guard index < inputs.count, let tensor = inputs[index] else { throw OperatorError(node, .missingInput(index)) }
    return tensor
  }

  /// An optional input.
  package func optional(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }
}

/// What a node yields, as far as it is known before the node runs.
package struct Outputs: Sendable {
  /// One per output. Nil where the shapes depend on the values of the inputs.
  package var types: [TensorType]?
  /// The values, where the types alone decide them (`Shape`, for one).
  package var values: [Tensor]?
  /// The input whose values the first output shows under another shape, without a copy.
  package var alias: Int?
  /// The input whose buffer the first output may overwrite, where nothing else needs it.
  package var inPlace: Int?

  package init(_ types: TensorType..., inPlace: Int? = nil) {
    self.types = types
    self.inPlace = inPlace
  }

  package init(types: [TensorType]) { self.types = types }

  private init() {}

  /// The first output has the values of input `index` under another shape.
  package static func view(of index: Int, as type: TensorType) -> Outputs {
    var outputs = Outputs(type)
    outputs.alias = index
    return outputs
  }

  /// The values are decided already.
  package static func known(_ values: [Tensor]) -> Outputs {
    var outputs = Outputs(types: values.map(\.type))
    outputs.values = values
    return outputs
  }

  /// Shapes that only a run can tell.
  package static let dataDependent = Outputs()
}
