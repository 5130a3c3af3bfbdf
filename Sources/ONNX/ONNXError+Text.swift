extension ONNXError: CustomStringConvertible {
  /// One line: *place: what was expected, what was found; what to do*.
  package var description: String { "\(printable(path, limit: 500)): \(fault.text(expecting: content))" }
}

extension ONNXError.Fault {
  fileprivate func text(expecting content: ONNXError.Content) -> String {
    let what = content.rawValue
    return switch self {
    case .missing: "expected \(what), found no such file; check the path"
    case .folder: "expected \(what), found a folder; name the file in it"
    case .unreadable(let reason):
      "expected \(what), found a file that cannot be read (\(reason)); check its permissions"
    case .empty: "expected \(what), found an empty file; copy or export it again"
    case .notANetwork(let found, let cure): "expected \(what), found \(found); \(cure)"
    case .truncated: "expected \(what), found a file that breaks off; copy or export it again"
    case .tooDeep:
      "expected graphs nested at most \(ONNXReader.maximumGraphDepth) deep, found deeper ones; export the network again"

    case .noOpset:
      "expected the version of the standard operator set, found none; export the network with a current exporter"
    case .oldOpset(let version):
      """
      expected operator set \(ONNXReader.oldestOpset) or later, found \(version); \
      convert the network with onnx.version_converter or export it again
      """
    case .conflictingOpsets(let domain, let first, let second):
      """
      expected one version of operator set \(quoted(domain.isEmpty ? "ai.onnx" : domain)), \
      found \(first) and \(second); export the network again
      """

    case .unnamed(let place): "expected a name, found an empty one: \(printable(place)); export the network again"
    case .definedTwice(let value, let definer):
      """
      expected one definition of value \(quoted(value)), found a second one by \(printable(definer)); \
      give each value its own name
      """
    case .functionTwice(let name):
      "expected one function \(quoted(name)), found two; tell them apart by `overload`"
    case .attributeTwice(let key, let node):
      "node \(quoted(node)): expected one attribute \(quoted(key)), found two; export the network again"
    case .operands(let node, let opType, let expected, let found):
      "node \(quoted(node)) (\(printable(opType))): expected \(expected), found \(found); export the network again"
    case .undefined(let value, let user):
      """
      \(printable(user)): expected value \(quoted(value)) as a graph input, an initializer or a node's output, \
      found none; export the network again
      """
    case .cycle(let nodes):
      """
      expected nodes without a cycle, found one: \
      \(nodes.prefix(5).map(quoted).joined(separator: " → "))\(nodes.count > 5 ? " → …" : ""); export the network again
      """

    case .tensor(let place, let fault): "\(place): \(fault)"
    case .externalData(let place, let fault): "\(place): \(fault)"
    }
  }
}

extension TensorPlace: CustomStringConvertible {
  package var description: String {
    switch self {
    case .initializer(let name): "initializer \(quoted(name))"
    case .attribute(let key, let node): "node \(quoted(node)), attribute \(quoted(key))"
    case .file: "tensor"
    }
  }
}

extension TensorFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .type(let found):
      "expected a tensor of numbers of 8 to 64 bits, found \(printable(found)); export the network with another type"
    case .shape(let extents):
      "expected a shape that fits in memory, found [\(list(extents))]; export the network again"
    case .count(let expected, let found, let field):
      "expected \(expected) values in `\(field)`, found \(found); export the network again"
    case .byteCount(let expected, let found):
      "expected \(expected) bytes of values, found \(found); export the network again"
    case .outOfRange(let value, let type):
      "expected values of type \(type), found \(value); export the network again"
    case .twoPayloads: "expected one list of values, found `raw_data` and another one; export the network again"
    case .segment: "expected a whole tensor, found a segment of one; export the network again"
    case .sparse(let text): "sparse tensor: \(text); export the network again"
    case .tooLarge(let byteCount, let limit):
      """
      sparse tensor: expected at most \(limit) bytes for all sparse constants written out, found \(byteCount); \
      export them dense
      """
    }
  }
}

extension ExternalDataFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noLocation: "expected the name of the file that holds the values, found none; export the network again"
    case .outside(let location):
      """
      expected external data inside the model's folder, found \(quoted(location)); \
      put the file beside the model, under a relative path without '..' and without links that lead out
      """
    case .missing(let location):
      "expected external data in \(quoted(location)), found no such file; put it beside the model"
    case .unreadable(let location, let reason):
      "expected external data in \(quoted(location)), found it unreadable (\(printable(reason))); check the file"
    case .number(let key, let value):
      "expected a whole number of bytes for `\(key)`, found \(quoted(value)); export the network again"
    case .bounds(let location, let offset, let length, let size):
      """
      expected \(length) bytes from byte \(offset) on in \(quoted(location)), \
      found a file of \(size) bytes; copy the file again
      """
    case .length(let expected, let found):
      "expected \(expected) bytes of external data, found a `length` of \(found); export the network again"
    }
  }
}

/// Names come from files: quoted, on one line, and no longer than a line can bear.
func quoted(_ name: String) -> String { "'\(printable(name))'" }

/// `text` without line breaks and other control characters, cut after `limit` characters.
func printable(_ text: String, limit: Int = 120) -> String {
  var line = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == limit { return line + "…" }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .format: line += scalar.escaped(asASCII: true)
    default: line.unicodeScalars.append(scalar)
    }
  }
  return line
}

private func list(_ extents: [Int]) -> String {
  extents.prefix(8).map(String.init).joined(separator: ", ") + (extents.count > 8 ? ", …" : "")
}
