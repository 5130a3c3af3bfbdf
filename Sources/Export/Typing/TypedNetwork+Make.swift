package import ONNX
import TensorCore

extension TypedNetwork {
  /// Writes `model` in float16 or bfloat16.
  ///
  /// Every node with float32 values computes in the type of 16 bits, its constants rounded to nearest, ties to even; so
  /// each result is rounded after every operator. Nodes of `options.kept`, and those that cannot, stay in float32: their
  /// inputs, constants and outputs are float32 tensors. Where the two meet, one Cast for each tensor and type serves all
  /// readers; operators that merely move values take the side that needs the fewest Casts. Functions of the model are
  /// inlined, so that each node inside can be named; the operator set is raised as far as the types need it.
  package static func make(
    _ model: Model, options: TypingOptions
  ) throws(ExportError) -> TypedNetwork {
    var model = model.inliningFunctions()
    if let needed = neededOpset(of: model.graph, options), needed > model.opsets[""] ?? needed || model.hasForeignNodes
    {
      do throws(OpsetError) {
        model = try OpsetUpgrade.upgrade(model, to: max(needed, model.opsets[""] ?? needed))
      } catch {
        throw .opset(error)
      }
    }
    var typing = GraphTyping(options: options, names: NamePool(model))
    model.graph = try typing.typed(model.graph, outer: nil, keepsIOTypes: options.keepsIOTypes)
    return TypedNetwork(
      model: model, kept: typing.kept, castCount: typing.castCount, flushedCount: typing.flushedCount,
      saturatedCount: typing.saturatedCount)
  }

  /// The operator set in which every node exists in the type of 16 bits that has it in some operator set.
  private static func neededOpset(of graph: Graph, _ options: TypingOptions) -> Int? {
    var needed: Int?
    for node in graph.nodes {
      if !options.kept.contains(node.name), let opset = HalfSupport.opset(for: node, options.half) {
        needed = max(needed ?? 0, opset)
      }
      for body in node.subgraphs {
        if let inner = neededOpset(of: body, options) { needed = max(needed ?? 0, inner) }
      }
    }
    return needed
  }
}

extension Model {
  /// Whether a node, from a function, is of another operator set than the model says.
  fileprivate var hasForeignNodes: Bool { graph.nodes.contains { $0.opset != nil } }
}
