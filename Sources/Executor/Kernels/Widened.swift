import TensorCore

/// An operator written for float32, of which float16 and bfloat16 are served too: inputs are widened, the results
/// rounded once.
struct Widened<Base: Operator>: Operator {
  let base: Base

  init(_ node: NodeReader) throws(OperatorError) { base = try Base(node) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    guard let narrow = operands.halfType else { return try base.outputs(for: operands) }
    var outputs = try base.outputs(for: operands.widened())
    outputs.types = outputs.types?.map { type in
      TensorType(type.shape, type.elementType == .float32 ? narrow : type.elementType)
    }
    outputs.values = outputs.values?.map { $0.elementType == .float32 ? $0.converted(to: narrow) : $0 }
    outputs.alias = nil
    outputs.inPlace = nil
    return outputs
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    guard let narrow = operands.halfType else { return try base.kernel(for: operands) }
    let wide = operands.widened()
    return try widened(base.kernel(for: wide), narrow, wide)
  }

  /// The form of float32, so that sums are added in the same order: the results are those of float32, rounded.
  func channelsLast(for operands: Operands) throws(OperatorError) -> ChannelsLastForm? {
    guard let narrow = operands.halfType else { return try base.channelsLast(for: operands) }
    let wide = operands.widened()
    guard let form = try base.channelsLast(for: wide) else { return nil }
    return ChannelsLastForm(
      try widened(form.kernel, narrow, wide), inputs: form.inputs, isPreferred: form.isPreferred)
  }

  private func widened(
    _ kernel: any Kernel, _ narrow: ElementType, _ wide: Operands
  ) throws(OperatorError) -> WidenedKernel {
    WidenedKernel(
      base: kernel, narrow: narrow, inputs: (0..<wide.count).map { wide[optional: $0]?.type },
      outputs: try base.outputs(for: wide).types)
  }

  func derivation(constants: [Tensor?]) -> Derivation? { base.derivation(constants: constants) }
  var movesNumbers: Bool { base.movesNumbers }
  var magnitudeBound: Float? { base.magnitudeBound }

  func stage(replacing position: Int, of operands: Operands) -> StageKind? {
    operands.halfType == nil ? base.stage(replacing: position, of: operands) : nil
  }
}

extension ElementType {
  /// Whether the elements are floats of 16 bits.
  var isHalf: Bool { self == .float16 || self == .bfloat16 }
}

extension Operands {
  /// The first input's element type that is a float of 16 bits.
  fileprivate var halfType: ElementType? {
    (0..<count).lazy.compactMap { self[optional: $0]?.type.elementType }.first(where: \.isHalf)
  }

  /// The same with float32 in place of floats of 16 bits.
  fileprivate func widened() -> Operands {
    let items = (0..<count).map { index -> Operand? in
      guard var operand = self[optional: index], operand.type.elementType.isHalf else { return self[optional: index] }
      operand.type.elementType = .float32
      operand.value = operand.value?.converted(to: .float32)
      return operand
    }
    return Operands(items, of: node, outputCount: outputCount)
  }
}

extension Tensor {
  /// A copy whose elements are of `type`; see ONNX's Cast.
  func converted(to type: ElementType) -> Tensor {
    let copy = Tensor(uninitialized: TensorType(shape, type))
    convert(self, to: copy)
    return copy
  }
}

/// Runs `base` on widened copies, which lie in the working memory behind that of `base`.
private struct WidenedKernel: Kernel {
  let base: any Kernel
  let narrow: ElementType
  /// What `base` reads.
  let inputs: [TensorType?]
  /// What `base` writes; nil where only a run can tell.
  let outputs: [TensorType]?

  var scratchByteCount: Int {
    let types = inputs.compactMap { $0 } + (outputs ?? [])
    return types.reduce(WidenedKernel.aligned(base.scratchByteCount)) { $0 + WidenedKernel.aligned($1.byteCount) }
  }

  private static func aligned(_ byteCount: Int) -> Int {
    (byteCount + TensorBuffer.alignment - 1) / TensorBuffer.alignment * TensorBuffer.alignment
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    var next = unsafe frame.scratch + WidenedKernel.aligned(base.scratchByteCount)
    func scratchTensor(_ type: TensorType, like other: Tensor) -> Tensor {
      let type = TensorType(type.shape, type.elementType, layout: other.type.layout)
      let tensor = unsafe Tensor(type: type, buffer: TensorBuffer(borrowing: next, byteCount: type.byteCount))
      unsafe next += WidenedKernel.aligned(type.byteCount)
      return tensor
    }
    var wide: [Tensor?] = []
    for (input, type) in zip(frame.inputs, inputs) {
      guard let input, let type, input.elementType.isHalf else {
        wide.append(input)
        continue
      }
      let copy = scratchTensor(type, like: input)
      convert(input, to: copy)
      wide.append(copy)
    }
    let targets = outputs.map { types in
      zip(types, frame.outputs).map { $0.elementType == .float32 ? scratchTensor($0, like: $1) : nil }
    }
    var inner = unsafe Frame(
      node: frame.node, inputs: wide,
      outputs: targets.map { zip($0, frame.outputs).map { $0 ?? $1 } } ?? [], scratch: frame.scratch)
    try base.run(&inner)
    guard outputs != nil else {
      frame.outputs = inner.outputs.map { $0.elementType == .float32 ? $0.converted(to: narrow) : $0 }
      return
    }
    for (result, target) in zip(inner.outputs, frame.outputs) where target.elementType.isHalf {
      convert(result, to: target)
    }
  }
}
