import CQToolPlugin
import ONNX
import TensorCore

/// An operator whose types and values a plugin answers.
struct PluginOperator: Operator, Kernel {
  let functions: PluginFunctions
  let node: PluginNode
  let outputCount: Int

  /// Without its library there is no such operator.
  init(_ node: NodeReader) throws(OperatorError) {
    throw OperatorError(node.label, .unknownOperator(nearest: nil))
  }

  init(_ node: NodeReader, _ functions: PluginFunctions) throws(OperatorError) {
    self.functions = functions
    self.node = PluginNode(node)
    outputCount = node.outputs.count
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    var inputs: [qtool_tensor_type] = []
    for index in 0..<operands.count {
      guard let operand = operands[optional: index] else {
        inputs.append(qtool_tensor_type())
        continue
      }
      guard let type = qtool_tensor_type(operand.type) else {
        throw OperatorError(
          operands.node,
          .input(
            index, expected: "float32 or int64 with at most \(QTOOL_MAX_RANK) axes, as plugins take them",
            found: "\(operand.type)"))
      }
      inputs.append(type)
    }
    var outputs = [qtool_tensor_type](repeating: qtool_tensor_type(), count: outputCount)
    var message = PluginMessage()
    let code = unsafe message.withPointer { text in
      unsafe inputs.withUnsafeBufferPointer { inputs in
        unsafe outputs.withUnsafeMutableBufferPointer { outputs in
          unsafe functions.outputTypes(
            node.node, inputs.baseAddress, Int32(clamping: inputs.count), outputs.baseAddress,
            Int32(clamping: outputs.count), text)
        }
      }
    }
    guard code == 0 else { throw fault(operands.node, message, code) }
    var types: [TensorType] = []
    for (index, output) in outputs.enumerated() {
      guard let type = TensorType(output) else {
        throw OperatorError(
          operands.node,
          .value(
            "expected a float32 or int64 type from plugin '\(functions.path)' for output \(index), found "
              + "\(output.text); correct its output_types"))
      }
      types.append(type)
    }
    return Outputs(types: types)
  }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let inputs = frame.inputs, outputs = frame.outputs
    var message = PluginMessage()
    let code = unsafe message.withPointer { text in
      unsafe withUnsafeTemporaryAllocation(of: qtool_tensor.self, capacity: max(inputs.count + outputs.count, 1)) {
        list in
        for index in inputs.indices { unsafe list.initializeElement(at: index, to: qtool_tensor(inputs[index])) }
        for index in outputs.indices {
          unsafe list.initializeElement(at: inputs.count + index, to: qtool_tensor(outputs[index]))
        }
        guard let first = list.baseAddress else { return Int32(1) }
        return unsafe functions.compute(
          node.node, first, Int32(clamping: inputs.count), first + inputs.count, Int32(clamping: outputs.count), text)
      }
    }
    guard code == 0 else { throw fault(frame.node, message, code) }
  }

  private func fault(_ node: NodeLabel, _ message: PluginMessage, _ code: Int32) -> OperatorError {
    let text = message.text.isEmpty ? "expected 0 from it, found \(code) without a message" : message.text
    return OperatorError(node, .value("plugin '\(functions.path)' says: \(text)"))
  }
}

/// Where a plugin puts its words.
private struct PluginMessage {
  private var bytes = [CChar](repeating: 0, count: Int(QTOOL_MESSAGE_SIZE))

  mutating func withPointer<Result>(_ body: (UnsafeMutablePointer<CChar>?) -> Result) -> Result {
    unsafe bytes.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
  }

  /// One line of it, whether the plugin ended it with a zero or not.
  var text: String {
    let text = String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
