package import TensorCore

/// A network that cannot be written, and why.
package struct ONNXWriteError: Error, Equatable {
  package let path: String
  package let fault: Fault

  package enum Fault: Error, Equatable, Sendable {
    case file(FileError)
    /// An attribute whose value was not kept when its file was read.
    case attribute(String, node: String, kind: String)
    /// A graph input or output whose type was not kept.
    case type(value: String, type: String)
    /// 2 GiB or more, which protobuf does not allow.
    case size
  }
}

extension ONNXWriteError: CustomStringConvertible {
  /// One line: *place: what was expected, what was found; what to do*.
  package var description: String {
    let place = printable(path, limit: 500)
    return switch fault {
    case .file(let error): "\(error)"
    case .attribute(let key, let node, let kind):
      """
      \(place): node \(quoted(node)), attribute \(quoted(key)): expected a value that can be written, \
      found \(printable(kind)); replace the node
      """
    case .type(let value, let type):
      """
      \(place): value \(quoted(value)): expected a tensor of numbers as graph input or output, \
      found \(printable(type)); cut it off the network
      """
    case .size: "\(place): expected a network below 2 GiB, found a larger one; split it"
    }
  }
}
