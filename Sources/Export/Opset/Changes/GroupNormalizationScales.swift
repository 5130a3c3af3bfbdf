import ONNX
import TensorCore

/// 21: a scale and a bias for each channel instead of each group.
let groupNormalizationChanges = [
  OperatorChange("GroupNormalization", since: 21) { node, scope throws(OpsetFault) in
    var node = node
    guard let groups = node.int("num_groups"), groups > 0, node.inputs.count == 3 else {
      throw .missing("three inputs and the attribute num_groups")
    }
    // The channels of a group lie side by side: each group's value is stretched over them, whatever their number.
    // [C / groups] repetitions come from the input's own shape.
    let channels = scope.names.name("\(node.name).channels"), perGroup = scope.names.name("\(node.name).perGroup")
    let one = scope.integers([1], "one", of: node), count = scope.integers([groups], "groups", of: node)
    let flat = scope.integers([-1], "flat", of: node), extents = scope.names.name("\(node.name).extents")
    var nodes = [
      Node(
        name: channels, opType: "Shape", inputs: [node.inputs[0]], outputs: [channels],
        attributes: ["start": .int(1), "end": .int(2)]),
      Node(name: perGroup, opType: "Div", inputs: [channels, count], outputs: [perGroup]),
      Node(
        name: extents, opType: "Concat", inputs: [one, perGroup], outputs: [extents], attributes: ["axis": .int(0)]),
    ]
    for (position, role) in [(1, "scale"), (2, "bias")] {
      let column = scope.names.name("\(node.name).\(role).column")
      let wide = scope.names.name("\(node.name).\(role).wide"), each = scope.names.name("\(node.name).\(role).each")
      nodes += [
        Node(name: column, opType: "Unsqueeze", inputs: [node.inputs[position], one], outputs: [column]),
        Node(name: wide, opType: "Tile", inputs: [column, extents], outputs: [wide]),
        Node(name: each, opType: "Reshape", inputs: [wide, flat], outputs: [each]),
      ]
      node.inputs[position] = each
    }
    return nodes + [node]
  }
]
