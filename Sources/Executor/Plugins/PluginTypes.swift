import CQToolPlugin
import TensorCore

extension qtool_tensor_type {
  /// Nil for an element type or a rank that the interface has no room for.
  init?(_ type: TensorType) {
    guard type.shape.rank <= Int(QTOOL_MAX_RANK) else { return nil }
    self.init()
    switch type.elementType {
    case .float32: element_type = QTOOL_FLOAT32
    case .int64: element_type = QTOOL_INT64
    default: return nil
    }
    rank = Int32(type.shape.rank)
    unsafe withUnsafeMutableBytes(of: &dims) { bytes in
      for (axis, extent) in type.shape.dimensions.enumerated() {
        unsafe bytes.storeBytes(of: Int64(extent), toByteOffset: axis * MemoryLayout<Int64>.size, as: Int64.self)
      }
    }
  }

  /// The extents up to the rank; the rank must lie within the bounds.
  fileprivate var extents: [Int64] {
    unsafe withUnsafeBytes(of: dims) { bytes in
      (0..<Int(rank)).map { unsafe bytes.load(fromByteOffset: $0 * MemoryLayout<Int64>.size, as: Int64.self) }
    }
  }

  private var hasRank: Bool { rank >= 0 && rank <= QTOOL_MAX_RANK }

  /// For messages.
  var text: String { "element type \(element_type), \(hasRank ? "\(extents)" : "\(rank) axes")" }
}

extension TensorType {
  /// What a plugin answers; nil where that is no type.
  init?(_ type: qtool_tensor_type) {
    let elementType: ElementType
    switch type.element_type {
    case QTOOL_FLOAT32: elementType = .float32
    case QTOOL_INT64: elementType = .int64
    default: return nil
    }
    guard type.rank >= 0, type.rank <= QTOOL_MAX_RANK else { return nil }
    let shape = Shape(type.extents.map { Int($0) })
    guard shape.dimensions.allSatisfy({ $0 >= 0 }), shape.checkedCount != nil else { return nil }
    self.init(shape, elementType)
  }
}

extension qtool_tensor {
  /// An absent input has no type and no values. The values are the tensor's own, which must outlive the use.
  init(_ tensor: Tensor?) {
    unsafe self.init()
    // Checked when the node was planned.
    guard let tensor, let type = qtool_tensor_type(tensor.type) else { return }
    unsafe self.type = type
    unsafe data = tensor.base
  }
}
