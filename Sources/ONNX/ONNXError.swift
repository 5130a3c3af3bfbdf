/// A network that cannot be read, and why.
package struct ONNXError: Error, Equatable {
  /// The file as the caller named it.
  package let path: String
  /// What the file should have been.
  package let content: Content
  package let fault: Fault

  package init(path: String, content: Content = .network, fault: Fault) {
    self.path = path
    self.content = content
    self.fault = fault
  }

  /// What a file can hold, as messages call it.
  package enum Content: String, Sendable {
    case network = "an ONNX network"
    case tensor = "an ONNX tensor"
  }

  /// What a caller may want to tell apart.
  package enum Kind: Sendable {
    /// A file is not there or may not be read.
    case missingInput
    /// A file is there, and is not what it should be.
    case badData
  }

  package var kind: Kind {
    switch fault {
    case .missing, .folder, .unreadable, .externalData(_, .missing), .externalData(_, .unreadable): .missingInput
    default: .badData
    }
  }

  /// The facts, without the file's name.
  package enum Fault: Error, Equatable, Sendable {
    // The file as a whole.
    case missing
    case folder
    /// Not a regular file, or not permitted; the text is the system's.
    case unreadable(String)
    case empty
    /// Something else than a network, and what to do about it.
    case notANetwork(found: String, cure: String)
    case truncated
    case tooDeep

    // Versions.
    case noOpset
    case oldOpset(Int)
    case conflictingOpsets(domain: String, Int, Int)

    // Names and order.
    /// Something that must have a name, or an operator, has none; the text says where.
    case unnamed(String)
    case definedTwice(value: String, by: String)
    case functionTwice(String)
    case attributeTwice(String, node: String)
    /// A standard operator with too few inputs, too many, or no output.
    case operands(node: String, opType: String, expected: String, found: String)
    case undefined(value: String, usedBy: String)
    /// The nodes of a cycle, in order.
    case cycle([String])

    // Constants.
    case tensor(TensorPlace, TensorFault)
    case externalData(TensorPlace, ExternalDataFault)
  }
}

/// Where in a network a constant stands.
package enum TensorPlace: Equatable, Sendable {
  case initializer(String)
  case attribute(String, node: String)
  /// In a file that holds nothing but one tensor.
  case file
}

/// What is wrong with a constant.
package enum TensorFault: Error, Equatable, Sendable {
  /// Its elements are no numbers that this program computes with.
  case type(String)
  case shape([Int])
  case count(expected: Int, found: Int, field: String)
  case byteCount(expected: Int, found: Int)
  case outOfRange(value: String, type: String)
  /// Values both in `raw_data` and in a typed list.
  case twoPayloads
  case segment
  case sparse(String)
  case tooLarge(byteCount: Int, limit: Int)
}

/// What is wrong with the file beside the model that holds a constant.
package enum ExternalDataFault: Error, Equatable, Sendable {
  case noLocation
  case outside(String)
  case missing(String)
  case unreadable(String, String)
  case number(key: String, value: String)
  case bounds(location: String, offset: Int, length: Int, size: Int)
  case length(expected: Int, found: Int)
}
