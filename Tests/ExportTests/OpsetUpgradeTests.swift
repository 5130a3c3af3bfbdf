import Export
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

@Suite struct OpsetUpgradeTests {
  static let targets = [10, 11, 13, 18, 19, 22]

  @Test(arguments: OpsetCase.all.indices) func `a network computes the same after every upgrade`(index: Int) throws {
    let item = OpsetCase.all[index]
    let before = try run(item.model)
    for target in Self.targets {
      let upgraded = try OpsetUpgrade.upgrade(item.model, to: target)
      #expect(upgraded.opsets[""] == max(target, item.model.opsets[""] ?? 0))
      // Upgrades in one step and in two end in the same bytes.
      if let middle = Self.targets.first(where: { $0 < target }) {
        let twice = try OpsetUpgrade.upgrade(OpsetUpgrade.upgrade(item.model, to: middle), to: target)
        #expect(isSame(try run(twice), before), "\(item.name) to \(middle) and \(target)")
      }
      #expect(isSame(try run(upgraded), before), "\(item.name) to \(target)")
    }
  }

  private struct Verdict: Decodable {
    let name: String
    let opset: Int
    let before: Double?
    let converter: Double?
    let error: String?
  }

  @Test func `onnx accepts the upgraded networks, onnxruntime computes the same before and after`() throws {
    let folder = try TemporaryFolder()
    for item in OpsetCase.all {
      try ONNXWriter.write(item.model, to: "\(folder.path)/\(item.name).before.onnx")
      for target in Self.targets where target >= item.model.opsets[""] ?? 0 {
        let upgraded = try OpsetUpgrade.upgrade(item.model, to: target)
        try ONNXWriter.write(upgraded, to: "\(folder.path)/\(item.name).\(target).onnx")
      }
    }
    guard let lines = try Oracle.lines("opset_upgrade.py", [folder.path]) else { return }
    // What the other tools have wrong: onnx.version_converter leaves Hardmax and the coordinates of Resize as they were,
    // ONNX has no GroupNormalization before 21 any more, and onnxruntime has no RoiAlign of 22.
    let wrongConversions: Set = ["hardmax12", "resize10", "resize10_smaller", "resize10_both", "upsample9_linear"]
    let refused: Set = ["groupnorm18.18", "groupnorm18.19", "roialign10.22"]
    var compared = 0, converted = 0
    for line in lines {
      let verdict = try JSONDecoder().decode(Verdict.self, from: Data(line.utf8))
      if refused.contains("\(verdict.name).\(verdict.opset)") { continue }
      #expect(verdict.error == nil, "\(verdict.name) \(verdict.opset): \(verdict.error ?? "")")
      if let before = verdict.before {
        #expect(before <= 1e-5, "\(verdict.name) \(verdict.opset)")
        compared += 1
      }
      if let converter = verdict.converter, !wrongConversions.contains(verdict.name) {
        #expect(converter <= 1e-5, "\(verdict.name) \(verdict.opset), onnx.version_converter")
        converted += 1
      }
    }
    print("\(lines.count) upgraded networks: \(compared) compared with before, \(converted) with version_converter")
    #expect(compared > 100 && converted > 60)
  }

  @Test func `a network that is new enough stays as it is`() throws {
    let model = SmallModel(opset: 13).input("x", 2).node("Relu", ["x"], ["y"]).output("y", rank: 1).model
    #expect(
      try ONNXWriter.bytes(of: OpsetUpgrade.upgrade(model, to: 11)) == ONNXWriter.bytes(of: model))
  }

  @Test func `what a later operator set cannot say is named`() throws {
    let spatial = SmallModel(opset: 8).input("x", 1, 2).constant("s", [1, 1], 2)
      .node("BatchNormalization", ["x", "s", "s", "s", "s"], ["y"], ["spatial": .int(0)]).output("y").model
    let error = #expect(throws: OpsetError.self) { try OpsetUpgrade.upgrade(spatial, to: 13) }
    #expect(
      error.map { "\($0)" } == """
        node 'y' (BatchNormalization): expected a node that operator set 9 can express, found statistics per element \
        (spatial = 0), which it dropped; export the network again with a later operator set
        """)
    let unknown = SmallModel(opset: 6).input("x", 2, 3).constant("b", [1, 2], 2).node("Foo", ["x"], ["f"])
      .node("Add", ["f", "b"], ["y"], ["broadcast": .int(1), "axis": .int(0)]).output("y").model
    let rank = #expect(throws: OpsetError.self) { try OpsetUpgrade.upgrade(unknown, to: 7) }
    #expect(rank?.fault == .unknown(what: "rank", of: "f"))
    // A plan for the network may know what the file does not say.
    let types = ["f": TensorType([2, 3])]
    #expect(
      try OpsetUpgrade.upgrade(unknown, to: 7, types: types).graph.nodes.map(\.opType) == ["Foo", "Unsqueeze", "Add"])
  }

  @Test func `nodes of functions of a later set take the network with them`() throws {
    var model = SmallModel(opset: 11).input("x", 2, 3).node("Clip", ["x"], ["c"]).node("F", ["c"], ["u"], domain: "own")
      .node("Squeeze", ["u"], ["y"], ["axes": .ints([0])]).output("y", rank: 2).model
    var function = Function(name: "F", domain: "own")
    function.inputs = ["a"]
    function.outputs = ["b"]
    function.opsets = ["": 13]
    function.nodes = [
      Node(
        name: "k", opType: "Constant", inputs: [], outputs: ["axes"],
        attributes: ["value": .tensor(Tensor([0] as [Int64], shape: [1]))]),
      Node(name: "n", opType: "Unsqueeze", inputs: ["a", "axes"], outputs: ["b"]),
    ]
    model.functions = [function]
    model.opsets["own"] = 1
    model.irVersion = 8
    let inlined = try OpsetUpgrade.upgrade(model.inliningFunctions(), to: 11)
    #expect(inlined.opsets[""] == 13)
    #expect(inlined.graph.nodes.last?.inputs.count == 2)
    #expect(isSame(try run(inlined), try run(model)))
  }

  @Test func `a function's body is upgraded with constants of its own`() throws {
    var model = SmallModel(opset: 11).input("x", 2, 3).node("F", ["x"], ["y"], domain: "own").output("y", rank: 3).model
    var function = Function(name: "F", domain: "own")
    function.inputs = ["a"]
    function.outputs = ["b"]
    function.opsets = ["": 11]
    function.nodes = [
      Node(name: "n", opType: "Unsqueeze", inputs: ["a"], outputs: ["b"], attributes: ["axes": .ints([0])])
    ]
    model.functions = [function]
    model.opsets["own"] = 1
    model.irVersion = 8
    let before = try run(model)
    let upgraded = try OpsetUpgrade.upgrade(model, to: 13)
    #expect(upgraded.functions[0].nodes.map(\.opType) == ["Constant", "Unsqueeze"])
    #expect(upgraded.functions[0].opsets == ["": 13])
    #expect(isSame(try run(upgraded), before))
  }
}
