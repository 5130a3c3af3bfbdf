import CQToolPlugin
import ONNX
import TensorCore

/// A node as plugins see it: its name and its attributes as C values, kept as long as this object.
///
/// Nothing changes after the initializer, so several threads may read it.
@safe
final class PluginNode: @unchecked Sendable {
  let node: UnsafePointer<qtool_node>
  private let blocks: [UnsafeMutableRawPointer]

  init(_ reader: NodeReader) {
    var blocks: [UnsafeMutableRawPointer] = unsafe []
    var list: [qtool_attribute] = unsafe []
    for name in reader.attributeNames {
      if let attribute = unsafe PluginNode.attribute(name, reader.attribute(name), &blocks) {
        unsafe list.append(attribute)
      }
    }
    let count = Int32(clamping: unsafe list.count)
    let node = unsafe qtool_node(
      name: PluginNode.text(reader.label.name, &blocks), attribute_count: count,
      attributes: PluginNode.copy(list, &blocks))
    unsafe self.node = UnsafePointer(PluginNode.copy([node], &blocks))
    unsafe self.blocks = unsafe blocks
  }

  deinit { for index in unsafe blocks.indices { unsafe blocks[index].deallocate() } }

  /// Nil for a kind that plugins do not get.
  private static func attribute(
    _ name: String, _ value: Attribute?, _ blocks: inout [UnsafeMutableRawPointer]
  ) -> qtool_attribute? {
    var attribute = unsafe qtool_attribute()
    switch value {
    case .int(let value): setInts([value])
    case .ints(let values): setInts(values)
    case .float(let value): setFloats([value])
    case .floats(let values): setFloats(values)
    case .string(let bytes):
      unsafe attribute.count = Int64(bytes.count)
      unsafe attribute.text = UnsafePointer(copy(bytes.map { CChar(bitPattern: $0) } + [0], &blocks))
    default: return nil
    }
    unsafe attribute.name = text(name, &blocks)
    return unsafe attribute

    func setInts(_ values: [Int]) {
      unsafe attribute.count = Int64(values.count)
      unsafe attribute.ints = UnsafePointer(copy(values.map(Int64.init), &blocks))
    }
    func setFloats(_ values: [Float]) {
      unsafe attribute.count = Int64(values.count)
      unsafe attribute.floats = UnsafePointer(copy(values, &blocks))
    }
  }

  private static func text(_ text: String, _ blocks: inout [UnsafeMutableRawPointer]) -> UnsafePointer<CChar> {
    unsafe UnsafePointer(copy(text.utf8.map { CChar(bitPattern: $0) } + [0], &blocks))
  }

  /// The values in memory of their own, never at a null address.
  private static func copy<Value: BitwiseCopyable>(
    _ values: [Value], _ blocks: inout [UnsafeMutableRawPointer]
  ) -> UnsafeMutablePointer<Value> {
    let target = UnsafeMutablePointer<Value>.allocate(capacity: max(values.count, 1))
    for index in values.indices { unsafe (target + index).initialize(to: values[index]) }
    unsafe blocks.append(UnsafeMutableRawPointer(target))
    return unsafe target
  }
}
