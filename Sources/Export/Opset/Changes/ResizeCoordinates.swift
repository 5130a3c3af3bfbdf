import ONNX
import TensorCore

/// 11: where elements lie is an attribute, whose default is another than what there was; a region comes before the
/// scales. 13: `tf_half_pixel_for_nn` is gone.
let resizeChanges = [
  OperatorChange("Resize", since: 11) { node, scope throws(OpsetFault) in
    var node = node
    guard node.inputs.count == 2 else { throw .missing("the input scales") }
    let region = scope.constant(Tensor([Float](), shape: [0]), "roi", of: node)
    node.inputs = [node.inputs[0], region, node.inputs[1]]
    node.attributes["coordinate_transformation_mode"] = .string(Array("asymmetric".utf8))
    guard node.text("mode") ?? "nearest" == "nearest" else { return [node] }
    return nearestNodes(node, &scope)
  },
  OperatorChange("Resize", since: 13) { node, _ throws(OpsetFault) in
    var node = node
    guard node.text("coordinate_transformation_mode") == "tf_half_pixel_for_nn" else { return [node] }
    // floor((i + ½) / s) = floor((i + ½) / s − ½ + ½): half pixels, ties upwards.
    guard node.text("mode") ?? "nearest" == "nearest", node.text("nearest_mode") == "floor" else {
      throw .dropped("the coordinates 'tf_half_pixel_for_nn' without the nearest mode 'floor'")
    }
    node.attributes["coordinate_transformation_mode"] = .string(Array("half_pixel".utf8))
    node.attributes["nearest_mode"] = .string(Array("round_prefer_ceil".utf8))
    return [node]
  },
]

/// The first Resize did not say how positions are rounded. onnxruntime rounds up along an axis that shrinks and down along
/// others; one node of a later version has one way for all axes. Factors that are not constant are taken to enlarge.
private func nearestNodes(_ node: Node, _ scope: inout UpgradeScope) -> [Node] {
  var last = node
  last.attributes["nearest_mode"] = .string(Array("floor".utf8))
  guard let factors = scope.constants[node.inputs[2]], factors.elementType == .float32 else { return [last] }
  let scales = factors.array(of: Float.self)
  guard scales.contains(where: { $0 < 1 }) else { return [last] }
  var first = node
  first.attributes["nearest_mode"] = .string(Array("ceil".utf8))
  guard scales.contains(where: { $0 > 1 }) else { return [first] }
  func list(_ factors: [Float]) -> Tensor { Tensor(factors, shape: [factors.count]) }
  let between = scope.names.name("\(node.name).smaller")
  first.name = between
  first.outputs = [between]
  first.inputs[2] = scope.constant(list(scales.map { min($0, 1) }), "shrinking", of: node)
  last.inputs[0] = between
  last.inputs[2] = scope.constant(list(scales.map { max($0, 1) }), "growing", of: node)
  return [first, last]
}
