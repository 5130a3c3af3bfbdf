import Executor
import ONNX
import Pipeline
import PrecisionAudit
import TensorCore
import TestSupport
import Testing

/// Each planted fault is found where it is, called what it is, and cured; its clean twin is left alone.
@Suite struct PlantedFaultTests {
  private static func audit(
    _ planted: PlantedNetwork, isFaulty: Bool, model: Model? = nil, in folder: TemporaryFolder
  ) throws -> AuditOutcome {
    let files = try planted.write(isFaulty: isFaulty, model: model, to: folder)
    var recipe = Recipe()
    recipe.model = files.model
    recipe.data = files.data
    var settings = AuditSettings(recipe: recipe)
    if planted.needsNarrowSums { settings.arithmetic.accumulation = .narrow(block: 16) }
    settings.threads = 2
    return try settings.audit()
  }

  @Test(arguments: PlantedNetwork.family)
  func `the fault is found at its node, with its kind, and does harm`(planted: PlantedNetwork) throws {
    let folder = try TemporaryFolder()
    let outcome = try Self.audit(planted, isFaulty: true, in: folder)
    let found = outcome.findings.filter { $0.severity < .info }
    let words = found.map { "\($0.severity) \($0.kind.rawValue) \($0.nodes.first ?? "-"): \($0.evidence)" }
    #expect(
      found.contains { $0.kind == planted.kind && $0.nodes.first == planted.node && !$0.cure.isEmpty },
      "found: \(words.joined(separator: " | "))")
    #expect(!outcome.meetsGoal)
  }

  @Test(arguments: PlantedNetwork.family)
  func `the clean twin raises nothing above info`(planted: PlantedNetwork) throws {
    let folder = try TemporaryFolder()
    let outcome = try Self.audit(planted, isFaulty: false, in: folder)
    let loud = outcome.findings.filter { $0.severity < .info }
    #expect(loud.isEmpty, "\(loud.map { "\($0.kind.rawValue) \($0.nodes): \($0.evidence)" })")
    #expect(outcome.meetsGoal)
    #expect(outcome.cure?.kept.isEmpty ?? false)
  }

  @Test(arguments: PlantedNetwork.family)
  func `the layers that the cure keeps restore an ordinary mixed run`(planted: PlantedNetwork) throws {
    let folder = try TemporaryFolder()
    let outcome = try Self.audit(planted, isFaulty: true, in: folder)
    let cure = try #require(outcome.cure)
    #expect(cure.meetsGoal)
    #expect(!cure.kept.isEmpty && cure.kept.count < outcome.units.count || outcome.units.count == 1)
    // Narrow sums are no part of the ordinary policies.
    guard !planted.needsNarrowSums else { return }
    let network = try Network(planted.faulty)
    let type = planted.samples[0].tensor.type
    let kept = Dictionary(uniqueKeysWithValues: outcome.keptNodes.map { ($0, Precision.fp32) })
    let mixed = Session(try network.plan(for: [type], policy: NumericPolicy(.fp16, exceptions: kept)))
    let wide = Session(try network.plan(for: [type]))
    var flips = 0
    for sample in planted.samples {
      for session in [mixed, wide] {
        session.load([sample.tensor])
        try session.run()
      }
      let effect = OutputEffect(reference: wide.outputs, narrow: mixed.outputs)
      #expect(!effect.isBroken)
      if effect.isFlip { flips += 1 }
    }
    #expect(flips == 0)
  }

  @Test(
    arguments: PlantedNetwork.family.filter {
      [.mask, .vanishingEpsilon, .weightsVanish, .weightsOverflow, .hotChannel].contains($0.kind)
    })
  func `the cheaper cure, applied to the network, ends the fault`(planted: PlantedNetwork) throws {
    let folder = try TemporaryFolder()
    let outcome = try Self.audit(planted, isFaulty: true, in: folder)
    let edit = try #require(outcome.findings.first { $0.kind == planted.kind }?.edit)
    let verified = try #require(outcome.edits)
    #expect(verified.meetsGoal && verified.edits.contains(edit))
    #expect(verified.trial.totals.flips == 0 && verified.trial.totals.broken == 0)
    var files = AuditFiles()
    files.curedNetwork = "\(folder.path)/cured.onnx"
    try files.write(outcome, AuditSettings(recipe: Recipe()))
    let written = try ONNXReader.readModel(at: "\(folder.path)/cured.onnx")
    let cured = try Self.audit(planted, isFaulty: true, model: written, in: folder)
    #expect(cured.meetsGoal)
    #expect(!cured.findings.contains { $0.kind == planted.kind && $0.severity < .info })
  }

  @Test(arguments: PlantedNetwork.family.filter(\.needsNarrowSums))
  func `float32 sums alone end what narrow sums do`(planted: PlantedNetwork) throws {
    let folder = try TemporaryFolder()
    let files = try planted.write(isFaulty: true, to: folder)
    var recipe = Recipe()
    recipe.model = files.model
    recipe.data = files.data
    let outcome = try AuditSettings(recipe: recipe).audit()
    #expect(outcome.meetsGoal)
    #expect(!outcome.findings.contains { $0.kind == planted.kind && $0.severity < .info })
  }

  @Test func `where float32 would have to stay nearly everywhere, the layers to retrain are named`() throws {
    let planted = try #require(PlantedNetwork.family.first { $0.node == "square" })
    let folder = try TemporaryFolder()
    let files = try planted.write(isFaulty: false, to: folder)
    var recipe = Recipe()
    recipe.model = files.model
    recipe.data = files.data
    var settings = AuditSettings(recipe: recipe)
    settings.goal = CureGoal(leastDecibels: 300)
    settings.arithmetic = NarrowArithmetic(.fp16, rounding: .operator)
    let outcome = try settings.audit()
    let cure = try #require(outcome.cure)
    #expect(cure.meetsGoal && 2 * cure.kept.count > outcome.units.count)
    let finding = try #require(outcome.findings.first { $0.kind == .retrain })
    #expect(!finding.nodes.isEmpty && Set(finding.nodes).isSubset(of: outcome.units.flatMap(\.unit.nodes)))
    // The first of them is the layer that alone does most harm.
    let worst = outcome.sensitivity.ranking(of: outcome.units.map(\.unit.key))[0]
    #expect(finding.nodes.first == outcome.unit(worst)?.unit.nodes.first)
  }

  @Test func `the slice whose margins are thin stands out`() throws {
    let planted = try #require(PlantedNetwork.family.first { $0.kind == .thinMargin })
    let outcome = try Self.audit(planted, isFaulty: true, in: try TemporaryFolder())
    let slice = try #require(outcome.findings.first { $0.kind == .slice })
    #expect(slice.what.contains("condition = dark"))
    #expect(outcome.slices.first?.value == "dark")
  }
}
