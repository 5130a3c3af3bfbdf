package import ONNX

extension Model {
  /// The model in the form that quantization plans are made for: functions inlined, constants computed, each
  /// BatchNormalization and each factor or addend by channel folded into the product before it, as every engine builder
  /// does before it looks at weights.
  ///
  /// Nodes that stay keep their names and outputs; see ``ONNX/Graph/foldingChannelAffines(opsets:)``.
  package func preparedForQuantization(with evaluator: some NodeEvaluator) -> Model {
    var model = inliningFunctions()
    let folded = model.graph.foldingConstants(with: evaluator, opsets: model.opsets)
    model.graph = folded.foldingChannelAffines(opsets: model.opsets).removingDeadNodes()
    return model
  }
}
