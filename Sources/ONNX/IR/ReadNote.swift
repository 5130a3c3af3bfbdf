/// Something in a file that was put right or put up with while it was read, and that its owner may want to know.
package enum ReadNote: Sendable, Equatable {
  /// The standard operator set is newer than the newest that this program knows. Operators that it changed may be read wrongly.
  case newerOpset(found: Int, known: Int)
  /// So many nodes stood before a node whose output they use, and were moved behind it.
  case nodesMoved(count: Int)
  /// So many nodes had no name, or one that another node has too, and are called after their first output.
  case nodesRenamed(count: Int)
}

extension ReadNote: CustomStringConvertible {
  package var description: String {
    switch self {
    case .newerOpset(let found, let known):
      """
      expected operator set \(known) or earlier, found \(found); operators that the newer one changed may be read \
      wrongly: export with opset_version=\(known) to be sure
      """
    case .nodesMoved(let count): "\(count) nodes stood before the nodes they depend on and were moved behind them"
    case .nodesRenamed(let count): "\(count) nodes without a name of their own are called after their first output"
    }
  }
}
