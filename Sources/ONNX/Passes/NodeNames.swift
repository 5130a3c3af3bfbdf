/// Gives every node a name of its own: one without a name, or with one that another node has too, is called after its
/// first output, for output names are unique and survive the exporter's whims.
///
/// Where that name is taken as well, `#2`, `#3`, … follows it. The result depends on nothing but the nodes' order.
/// - Returns: How many nodes were renamed.
func nameUniquely(_ nodes: inout [Node]) -> Int {
  var uses: [String: Int] = [:]
  for node in nodes where !node.name.isEmpty { uses[node.name, default: 0] += 1 }
  var taken = Set(uses.keys.filter { uses[$0] == 1 })
  var nextSuffix: [String: Int] = [:]
  var renamed = 0
  for index in nodes.indices where uses[nodes[index].name] != 1 {
    let wanted = nodes[index].outputs.first { !$0.isEmpty } ?? nodes[index].opType
    var name = wanted
    while !taken.insert(name).inserted {
      let suffix = nextSuffix[wanted, default: 2]
      name = "\(wanted)#\(suffix)"
      nextSuffix[wanted] = suffix + 1
    }
    nodes[index].name = name
    renamed += 1
  }
  return renamed
}
