import Quantization
import Testing

@Suite struct PrecisionPlanTests {
  @Test func `A plan file comes back as it was written`() throws {
    let plan = PrecisionPlan(
      .fp16, exceptions: [.init(node: "/a/\"b\"", precision: .fp32), .init(node: "c", precision: .int8)],
      modelDigest: String(repeating: "0", count: 64))
    let read = try PrecisionPlan(json: Array(plan.json.utf8), place: "plan.json")
    #expect(read == plan)
    #expect(read.json == plan.json)
    #expect(read.precision(of: "c") == .int8)
    #expect(read.precision(of: "d") == .fp16)
  }

  @Test(arguments: [
    ("{", "expected JSON"),
    (#"{"format": "x", "standard": "fp16"}"#, "expected the format 'qtool/precision-plan/1', found 'x'"),
    (#"{"format": "qtool/precision-plan/1"}"#, "found no 'standard'"),
    (
      #"{"format": "qtool/precision-plan/1", "standard": "fp8"}"#, "expected one of fp32, fp16, bf16, int8, found 'fp8'"
    ),
    (
      """
      {"format": "qtool/precision-plan/1", "standard": "fp16",
       "exceptions": [{"node": "a", "precision": "fp32"}, {"node": "a", "precision": "fp16"}]}
      """, "'a' twice"
    ),
  ])
  func `A wrong plan file is refused in one line that says why`(text: String, words: String) {
    #expect {
      _ = try PrecisionPlan(json: Array(text.utf8), place: "plan.json")
    } throws: { error in
      let line = "\(error)"
      return line.hasPrefix("plan.json") && line.contains(words) && !line.contains("\n")
    }
  }
}
