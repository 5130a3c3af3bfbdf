import ONNX
import TensorCore

/// Writes one graph after the other in a type of 16 bits; see ``TypedNetwork/make(_:options:)``.
struct GraphTyping {
  let options: TypingOptions
  var names: NamePool
  var kept: [TypedNetwork.KeptNode] = []
  var castCount = 0
  var flushedCount = 0
  var saturatedCount = 0

  init(options: TypingOptions, names: NamePool) {
    self.options = options
    self.names = names
  }

  /// What a body knows of the graphs around it.
  struct Surroundings {
    /// Element types before anything was changed.
    let original: ElementTypes
    /// Element types of the values as they are now called.
    let current: [String: ElementType]
    let constants: [String: Tensor]
  }

  /// - Parameter keepsIOTypes: Whether inputs and outputs stay float32; those of bodies do.
  mutating func typed(
    _ graph: Graph, outer: Surroundings?, keepsIOTypes: Bool
  ) throws(ExportError) -> Graph {
    let types = ElementTypes(graph, outer: outer?.original)
    let assignment = try TypeAssignment(
      graph, types: types, outer: outer, options: options, keepsIOTypes: keepsIOTypes)
    var writer = TypedGraphWriter(
      graph, types: types, outer: outer, assignment: assignment, options: options, keepsIOTypes: keepsIOTypes,
      names: names)
    for (place, node) in graph.nodes.enumerated() {
      if let reason = assignment.reasons[place] {
        kept.append(TypedNetwork.KeptNode(name: node.name, opType: node.opType, reason: reason))
      }
      var node = writer.rewritten(node, at: place)
      if node.hasSubgraphs {
        let inner = writer.surroundings
        names = writer.names
        for key in node.attributes.keys.sorted() {
          switch node.attributes[key] {
          case .graph(let body):
            node.attributes[key] = .graph(try typed(body, outer: inner, keepsIOTypes: true))
          case .graphs(let bodies):
            var results: [Graph] = []
            for body in bodies { results.append(try typed(body, outer: inner, keepsIOTypes: true)) }
            node.attributes[key] = .graphs(results)
          default: break
          }
        }
        writer.names = names
      }
      writer.append(node, at: place)
    }
    let result = writer.finish()
    names = writer.names
    castCount += writer.castCount
    flushedCount += writer.flushedCount
    saturatedCount += writer.saturatedCount
    return result
  }
}
