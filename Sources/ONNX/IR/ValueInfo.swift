package import TensorCore

/// What the file says of a value: its name, and as much of its type as is known.
package struct ValueInfo: Sendable, Hashable {
  package var name: String
  /// Nil where the file does not say, or names a type without numbers such as a string or a sequence.
  package var elementType: ElementType?
  /// What the file names instead, where it is no tensor of numbers: for messages.
  package var otherType: String?
  /// Nil where the rank is not known.
  package var shape: [Dimension]?

  package init(name: String, elementType: ElementType?, shape: [Dimension]?, otherType: String? = nil) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.otherType = otherType
  }
}

/// The extent of one axis as the file gives it.
package enum Dimension: Sendable, Hashable {
  case fixed(Int)
  /// Named, and equal wherever the name recurs: `N`, `batch_size`.
  case symbolic(String)
  case unknown
}

extension Dimension: CustomStringConvertible {
  package var description: String {
    switch self {
    case .fixed(let extent): String(extent)
    case .symbolic(let name): name
    case .unknown: "?"
    }
  }
}
