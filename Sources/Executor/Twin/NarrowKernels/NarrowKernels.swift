import TensorCore

/// Kernels that round inside, for operators that are more than one rounding of an exact result.
enum NarrowKernels {
  /// The kernel of a node in the 16-bit format; nil where the float32 kernel on rounded operands does the same.
  ///
  /// - Parameter isChannelsLast: How the node's images lie; a kernel for them reads and writes that layout.
  static func kernel(
    for implementation: any Operator, _ operands: Operands, _ arithmetic: NarrowArithmetic, isChannelsLast: Bool
  ) throws(OperatorError) -> (any Kernel)? {
    if arithmetic.composites == .narrow, !isChannelsLast,
      let kernel = try composite(implementation, operands, arithmetic)
    {
      return kernel
    }
    guard case .narrow(let block) = arithmetic.accumulation else { return nil }
    let sum = BlockSum(arithmetic: arithmetic, block: max(1, block))
    switch implementation {
    case let conv as Widened<Conv>:
      return try conv.base.blockConvolution(operands, sum, isChannelsLast: isChannelsLast)
    case let gemm as Widened<Gemm>: return try gemm.base.blockProduct(operands, sum)
    case is Widened<MatMul>:
      let shapes = (try operands.required(0).shape, try operands.required(1).shape)
      return BlockMatMul(matrices: try MatrixBatch(shapes.0, shapes.1, node: operands.node), sum: sum)
    case let reduce as Reduce<SumRule>:
      return try reduction(operands, axes: try reduce.axes(operands), sum, isMean: false)
    case let reduce as Reduce<MeanRule>:
      return try reduction(operands, axes: try reduce.axes(operands), sum, isMean: true)
    default: return nil
    }
  }

  private static func composite(
    _ implementation: any Operator, _ operands: Operands, _ arithmetic: NarrowArithmetic
  ) throws(OperatorError) -> (any Kernel)? {
    guard let x = operands[optional: 0], x.type.elementType == .float32 else { return nil }
    switch implementation {
    case let softmax as Widened<AlongAxis<Softmax>>:
      return NarrowSoftmax(rows: try softmax.base.rows(of: operands), arithmetic: arithmetic)
    case let norm as Widened<LayerNormalization>:
      return try normalization(operands, axis: norm.base.axis, norm.base.epsilon, arithmetic, subtractsMean: true)
    case let norm as Widened<RMSNormalization>:
      return try normalization(operands, axis: norm.base.axis, norm.base.epsilon, arithmetic, subtractsMean: false)
    case let norm as Widened<InstanceNormalization>:
      return NarrowGroupNormalization(
        channels: x.shape[1], groups: x.shape[1], epsilon: norm.base.epsilon, factorsPerGroup: false,
        arithmetic: arithmetic)
    case let norm as Widened<GroupNormalization>:
      return NarrowGroupNormalization(
        channels: x.shape[1], groups: norm.base.groups, epsilon: norm.base.epsilon,
        factorsPerGroup: norm.base.factorsPerGroup, arithmetic: arithmetic)
    case let norm as LpNormalization:
      let axis = try normalizedAxis(norm.axis, rank: x.shape.rank, node: operands.node)
      return NarrowLpNormalization(
        rows: RowSpace(x.shape, axis: axis), order: norm.order, arithmetic: arithmetic)
    case let reduce as Reduce<SumSquareRule>:
      return squares(x, axes: try reduce.axes(operands), arithmetic, takesRoot: false)
    case let reduce as Reduce<L2Rule>:
      return squares(x, axes: try reduce.axes(operands), arithmetic, takesRoot: true)
    default: return nil
    }
  }

  private static func squares(
    _ x: Operand, axes: [Int], _ arithmetic: NarrowArithmetic, takesRoot: Bool
  ) -> any Kernel {
    let space = ReductionSpace(x.shape, axes: axes)
    return NarrowSquareReduction(
      space: space, takesRoot: takesRoot, arithmetic: arithmetic, scratchByteCount: space.scratchByteCount(x.type))
  }

  private static func normalization(
    _ operands: Operands, axis: Int, _ epsilon: Float, _ arithmetic: NarrowArithmetic, subtractsMean: Bool
  ) throws(OperatorError) -> any Kernel {
    let shape = try operands.required(0).shape
    let axis = try normalizedAxis(axis, rank: shape.rank, node: operands.node)
    return NarrowNormalization(
      count: shape.dimensions.dropFirst(axis).reduce(1, *), epsilon: epsilon, subtractsMean: subtractsMean,
      arithmetic: arithmetic)
  }

  private static func reduction(
    _ operands: Operands, axes: [Int], _ sum: BlockSum, isMean: Bool
  ) throws(OperatorError) -> (any Kernel)? {
    let x = try operands.required(0)
    guard x.type.elementType == .float32 else { return nil }
    let space = ReductionSpace(x.shape, axes: axes)
    return BlockReduction(
      space: space, sum: sum, isMean: isMean, scratchByteCount: space.scratchByteCount(x.type))
  }
}
