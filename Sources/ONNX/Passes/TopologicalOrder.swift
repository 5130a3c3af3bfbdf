/// Puts every node behind the nodes whose outputs it uses.
///
/// Nodes that stand right stay as they are. Where one stands too early, the nodes that it needs move before it, in
/// their own order. A value that no node makes counts as given.
/// - Returns: How many nodes stood before one that they need.
/// - Throws: `.cycle` with the nodes of a cycle.
func orderTopologically(_ nodes: inout [Node]) throws(ONNXError.Fault) -> Int {
  var producer: [String: Int] = [:]
  for (index, node) in nodes.enumerated() {
    for output in node.outputs where !output.isEmpty { producer[output] = index }
  }
  let needs = nodes.map { node in node.usedValues.compactMap { producer[$0] } }
  let early = needs.enumerated().count { index, needed in needed.contains { $0 >= index } }
  guard early > 0 else { return 0 }

  enum Visit { case not, begun, done }
  var visits = [Visit](repeating: .not, count: nodes.count)
  var order: [Int] = []
  // Depth first with a stack of its own: a chain may be longer than the thread's stack can bear.
  for root in nodes.indices where visits[root] == .not {
    var path = [(node: root, next: 0)]
    visits[root] = .begun
    while let (node, next) = path.last {
      guard next < needs[node].count else {
        visits[node] = .done
        order.append(node)
        path.removeLast()
        continue
      }
      path[path.count - 1].next += 1
      let needed = needs[node][next]
      switch visits[needed] {
      case .done: break
      case .begun:
        let cycle = path.drop { $0.node != needed }
        throw .cycle(cycle.reversed().map { nodes[$0.node].name })
      case .not:
        visits[needed] = .begun
        path.append((needed, 0))
      }
    }
  }
  nodes = order.map { nodes[$0] }
  return early
}
