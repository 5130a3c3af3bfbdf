import Pipeline
import TestSupport
import Testing

/// `inspect` on networks of all kinds.
@Suite struct InspectionTests {
  /// What the file leaves open, as the flags say it.
  private static let shapes: [String: [String]] = [
    "ppocr_det": ["x:1x3x160x160"], "ppocr_rec": ["x:1x3x48x320"], "ppocr_cls": ["x:1x3x48x192"],
    "minilm": ["input_ids:1x16", "attention_mask:1x16", "token_type_ids:1x16"],
    "silero_vad": ["input:1x576", "state:2x1x128"], "silero_vad_16k_op15": ["input:1x576", "state:2x1x128"],
    "silero_vad_half": ["input:1x576", "state:2x1x128"], "silero_vad_op18_ifless": ["input:1x576", "state:2x1x128"],
    "silero_vad_16k_sequence": ["input:2x576"],
  ]

  @Test(arguments: PublicNetwork.all)
  func `a network that runs has shapes, MACs and nothing in its way`(public: PublicNetwork) throws {
    guard let path = `public`.path() else { return }
    let flags = Self.shapes[`public`.name] ?? []
    let inspection = try NetworkInspection(path: path, shapes: InputShapes(flags))
    let obstacles = inspection.hazards.filter { [.unsupportedOperator, .cannotRun, .openShape].contains($0.kind) }
    #expect(obstacles.isEmpty, "\(obstacles)")
    #expect(inspection.parameterCount > 1000)
    #expect(inspection.dot.hasSuffix("}\n"))
    #expect(!(try inspection.json()).isEmpty && inspection.text.contains("parameters"))
    // Where the work is done in the bodies of branches, no layer of the network itself multiplies.
    if !`public`.name.hasPrefix("silero_vad") { #expect((inspection.macs ?? 0) > 100_000) }
  }

  @Test func `extents that nobody fixes are told, and the layers are listed all the same`() throws {
    guard let path = PublicNetwork(name: "ppocr_det", isShared: false).path() else { return }
    let inspection = try NetworkInspection(path: path, shapes: InputShapes())
    #expect(inspection.hazards.contains { $0.kind == .openShape && $0.detail.contains("--input-shape x:") })
    #expect(inspection.macs == nil && inspection.parameterCount > 1_000_000)
  }
}
