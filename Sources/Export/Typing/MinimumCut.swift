/// Parts things into two sides so that as few groups as possible have members on both.
///
/// A group is a set of things; things are bound to a side or free. Solved as a smallest cut (Lawler 1973): a group is an
/// edge of capacity 1 between two auxiliary vertices, tied to its members by edges without limit. Deterministic; time in
/// proportion to the number of groups that are cut, times the size of the whole.
package struct MinimumCut {
  private struct Edge {
    let target: Int
    var capacity: Int
  }

  private static let source = 0, sink = 1, unlimited = Int.max / 4
  private let freeCount: Int
  private var edges: [Edge] = []
  private var outgoing: [[Int]]

  /// - Parameter count: How many free things there are; they are told by their numbers.
  package init(count: Int) {
    freeCount = count
    outgoing = Array(repeating: [], count: count + 2)
  }

  /// A member of a group.
  package enum Member: Hashable, Sendable {
    case first, second
    case free(Int)
  }

  /// Adds a group. Members may be named more than once.
  package mutating func add(_ group: Set<Member>) {
    guard group.count > 1 else { return }
    let entry = outgoing.count, exit = entry + 1
    outgoing += [[], []]
    connect(entry, exit, capacity: 1)
    for member in group.sorted(by: { $0.vertex < $1.vertex }) {
      if member.vertex != Self.sink { connect(member.vertex, entry, capacity: Self.unlimited) }
      if member.vertex != Self.source { connect(exit, member.vertex, capacity: Self.unlimited) }
    }
  }

  private mutating func connect(_ from: Int, _ to: Int, capacity: Int) {
    outgoing[from].append(edges.count)
    edges.append(Edge(target: to, capacity: capacity))
    outgoing[to].append(edges.count)
    edges.append(Edge(target: from, capacity: 0))
  }

  /// The free things that go to the second side. Where several partings are as good, the first side gets as much as it can.
  package mutating func secondSide() -> Set<Int> {
    while let path = shortestPath() {
      for edge in path {
        edges[edge].capacity -= 1
        edges[edge ^ 1].capacity += 1
      }
    }
    // Whatever can still send to the sink lies on its side.
    var seen: Set<Int> = [Self.sink]
    var queue = [Self.sink]
    while let vertex = queue.popLast() {
      for edge in outgoing[vertex] where edges[edge ^ 1].capacity > 0 {
        if seen.insert(edges[edge].target).inserted { queue.append(edges[edge].target) }
      }
    }
    return Set(seen.compactMap { $0 >= 2 && $0 - 2 < freeCount ? $0 - 2 : nil })
  }

  /// The edges of a way from source to sink with room left, breadth first; nil where there is none.
  private func shortestPath() -> [Int]? {
    var reached = [Int?](repeating: nil, count: outgoing.count)
    var queue = [Self.source], next = 0
    while next < queue.count {
      let vertex = queue[next]
      next += 1
      for edge in outgoing[vertex] where edges[edge].capacity > 0 {
        let target = edges[edge].target
        guard target != Self.source, reached[target] == nil else { continue }
        reached[target] = edge
        if target == Self.sink { return path(to: target, reached) }
        queue.append(target)
      }
    }
    return nil
  }

  private func path(to sink: Int, _ reached: [Int?]) -> [Int] {
    var path: [Int] = [], vertex = sink
    while let edge = reached[vertex] {
      path.append(edge)
      vertex = edges[edge ^ 1].target
    }
    return path
  }
}

extension MinimumCut.Member {
  fileprivate var vertex: Int {
    switch self {
    case .first: 0
    case .second: 1
    case .free(let number): number + 2
    }
  }
}
