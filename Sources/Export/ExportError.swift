/// A network that cannot be exported as asked, and why.
package enum ExportError: Error, Equatable {
  /// The network holds integer arithmetic already; such as this node.
  case alreadyQuantized(node: String, opType: String)
  /// Constants that the type of 16 bits cannot hold, and the policy does not allow to change: the first, and how many.
  case overflow(tensor: String, value: Float, count: Int, type: String)
  /// No node of the network would compute in INT8.
  case nothingToQuantize
  /// A pattern or a plan names a node that the network does not have; the nearest name.
  case unknownNode(String, nearest: String?)
  /// Names of a calibration that the network does not have, each with the nearest that it has.
  case unknownTensors([Misnomer], total: Int)
  /// Tensors to quantize without a range in the calibration, each with the nearest name that it has.
  case missingRanges([Misnomer], total: Int)
  /// The network cannot be brought to the operator set that the result needs.
  case opset(OpsetError)
  /// A scale that no grid can have.
  case scale(tensor: String, Float)

  package struct Misnomer: Equatable, Sendable {
    package let name: String
    package let nearest: String?

    package init(name: String, nearest: String?) {
      self.name = name
      self.nearest = nearest
    }
  }
}

extension ExportError: CustomStringConvertible {
  /// One line: *what was expected, what was found; what to do*.
  package var description: String {
    switch self {
    case .alreadyQuantized(let node, let opType):
      """
      expected a network in floating point, found one that is quantized already (node '\(node)', \(opType)); \
      export the original
      """
    case .overflow(let tensor, let value, let count, let type):
      """
      constant '\(tensor)': expected numbers that \(type) can hold, found \(count) that it cannot, such as \(value); \
      choose --overflow keep or --overflow saturate
      """
    case .nothingToQuantize:
      "expected a node that can compute in INT8, found none (Conv, ConvTranspose, Gemm, MatMul); export as fp16 instead"
    case .unknownNode(let name, let nearest):
      "expected a node of the network, found '\(name)'\(Self.hint(nearest)); qtool inspect lists the nodes"
    case .unknownTensors(let list, let total):
      """
      expected names of the network's tensors, found \(total) that it does not have: \(Self.text(list, total)); was the \
      calibration made for another export of the network? --allow-missing passes them over
      """
    case .missingRanges(let list, let total):
      """
      expected a range for every tensor to quantize, found none for \(total): \(Self.text(list, total)); calibrate \
      them, or leave their layers in floating point with --allow-missing
      """
    case .opset(let error): "\(error)"
    case .scale(let tensor, let scale):
      """
      tensor '\(tensor)': expected a scale above 0 and finite, found \(scale); calibrate it again, or leave its layers \
      in floating point with --allow-missing
      """
    }
  }

  private static func hint(_ nearest: String?) -> String { nearest.map { " (nearest: '\($0)')" } ?? "" }

  private static func text(_ list: [Misnomer], _ total: Int) -> String {
    list.map { "'\($0.name)'\(hint($0.nearest))" }.joined(separator: ", ") + (total > list.count ? ", …" : "")
  }
}
