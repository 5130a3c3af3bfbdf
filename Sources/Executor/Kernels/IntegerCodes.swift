import TensorCore

/// The codes of an 8-bit tensor with their zero point taken off, as `Int32`s.
///
/// - Parameters:
///   - axis: Along which zero points differ, where there is more than one.
func centered(
  _ tensor: Tensor, _ zeroPoint: Tensor?, axis: Int
) -> [Int32] {
  let codes = tensor.converted(to: .int32).array(of: Int32.self)
  guard let zeroPoint else { return codes }
  let zeros = zeroPoint.converted(to: .int32).array(of: Int32.self)
  if zeros.count == 1 { return codes.map { $0 - zeros[0] } }
  let inner = tensor.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
  return codes.indices.map { codes[$0] - zeros[$0 / max(inner, 1) % max(zeros.count, 1)] }
}

/// Scales or zero points of a matrix must be one number, or one per row or column.
func checkZeroPoint(
  _ operands: Operands, _ index: Int, of type: TensorType, axis: Int
) throws(OperatorError) {
  guard let zeroPoint = operands[optional: index], zeroPoint.shape.count != 1 else { return }
  guard axis < type.shape.rank, zeroPoint.shape.rank >= 1, zeroPoint.shape.count == type.shape[axis] else {
    throw OperatorError(
      operands.node, .input(index, expected: "one number, or one per slice of \(type)", found: "\(zeroPoint.type)"))
  }
}

/// From sums of products of codes to codes of another scale.
struct Requantization {
  private let factors: [Double]
  private let zero: Double

  /// - Parameter b: One scale, or one per output channel.
  init(a: Tensor, b: Tensor, result: Tensor, zeroPoint: Tensor?) {
    let scaleA = Double(a.floats?.first ?? 1), scale = Double(result.floats?.first ?? 1)
    factors = (b.floats ?? [1]).map { scaleA * Double($0) / scale }
    zero = Double(zeroPoint?.integers?.first ?? 0)
  }

  /// - Parameter channel: Which factor each element takes.
  func store(_ sums: [Int32], in y: Tensor, channel: (Int) -> Int) {
    func write<Code: FixedWidthInteger & TensorElement>(_ type: Code.Type) {
      let codes = y.values(of: Code.self)
      for i in codes.indices {
        let factor = factors.count == 1 ? factors[0] : factors[channel(i)]
        let value = (Double(sums[i]) * factor).rounded(.toNearestOrEven) + zero
        codes[i] = value.isNaN ? 0 : value <= Double(Code.min) ? .min : value >= Double(Code.max) ? .max : Code(value)
      }
    }
    if y.elementType == .int8 { write(Int8.self) } else { write(UInt8.self) }
  }
}
