package import ONNX

/// What becomes of constants that a type of 16 bits cannot hold.
package enum OverflowPolicy: String, Sendable, Hashable, CaseIterable {
  /// The nodes that use them stay in float32.
  case keep
  /// They become the largest finite number.
  case saturate
  /// The network is refused.
  case refuse
}

/// How a network is written in types of 16 bits.
package struct TypingOptions: Sendable {
  package var half: HalfType
  /// Names of nodes that stay in float32, in the network and in the bodies of its control flow.
  package var kept: Set<String>
  /// Whether the network's inputs and outputs stay float32.
  package var keepsIOTypes = false
  package var overflow = OverflowPolicy.keep

  package init(_ half: HalfType, kept: Set<String> = []) {
    self.half = half
    self.kept = kept
  }
}

/// A network in types of 16 bits, and how it came about.
package struct TypedNetwork: Sendable {
  /// A node that computes in float32.
  package struct KeptNode: Sendable, Hashable {
    package enum Reason: String, Sendable, Hashable {
      case asked
      /// The operator does not exist in the type of 16 bits.
      case unsupported = "operator without a type of 16 bits"
      /// A constant that it uses would become infinite.
      case overflow = "a constant that would become infinite"
      /// The file does not say what the types of its values are.
      case untyped = "values of unknown type"
      /// Control flow hands float32 in and out; what lies inside is typed by itself.
      case controlFlow = "control flow"
      /// It hands values on as they are, and this way needs fewer Casts.
      case fewerCasts = "fewer Casts"
      /// Its scale or zero point would change.
      case scale = "a scale that would be rounded"
    }

    package let name: String
    package let opType: String
    package let reason: Reason
  }

  package let model: Model
  /// In the order of the graph, those of bodies behind their node.
  package let kept: [KeptNode]
  package let castCount: Int
  /// Constants' numbers that became 0 though they were not, and those that were cut to the largest finite one.
  package let flushedCount: Int
  package let saturatedCount: Int
}
