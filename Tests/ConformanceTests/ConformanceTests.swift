import Executor
import Foundation
import ONNX
import Testing

/// The ONNX project's own tests, against the checked-in lists of what passes.
///
/// `QTOOL_RERECORD=1` rewrites the lists and the counts from what passes now; `QTOOL_TRACE=1` names each case before it runs.
@Suite(.serialized) struct ConformanceTests {
  private let environment = ProcessInfo.processInfo.environment

  @Test func `exactly the cases listed as supported pass`() throws {
    guard let suite = ConformanceSuite.find() else { return }
    BLAS.useOneThread()
    let isTracing = environment["QTOOL_TRACE"] != nil
    var results: [String: CaseResult] = [:]
    for item in suite.cases {
      if isTracing { FileHandle.standardError.write(Data((item.name + "\n").utf8)) }
      results[item.name] = item.run()
    }
    let counts = ConformanceCounts(suite.cases, results)
    print(counts.table)
    if environment["QTOOL_RERECORD"] != nil { return try rerecord(suite, results, counts) }
    try compare(results)
    #expect(try operatorLines(results) == CaseLists.lines(of: "operators.txt"), "re-record operators.txt")
  }

  @Test func `operators.txt names every registered operator`() throws {
    let listed = try CaseLists.lines(of: "operators.txt").compactMap { $0.split(separator: " ").first.map(String.init) }
    #expect(listed == OperatorRegistry.standard.names)
  }

  @Test func `no case is in both lists, and every exclusion has a reason`() throws {
    let lists = try CaseLists.read()
    #expect(lists.supported == lists.supported.sorted())
    #expect(lists.supported.filter { lists.excluded[$0] != nil } == [])
    #expect(lists.excluded.filter(\.value.isEmpty).keys.sorted() == [])
  }

  private func compare(_ results: [String: CaseResult]) throws {
    let lists = try CaseLists.read()
    let supported = Set(lists.supported)
    for (name, result) in results.sorted(by: { $0.key < $1.key }) {
      switch (supported.contains(name), lists.excluded[name] != nil, result.failure) {
      case (true, _, let failure?): Issue.record("\(name) is listed as supported but fails: \(failure.text)")
      case (false, true, nil): Issue.record("\(name) is listed as excluded but passes")
      case (false, false, let failure): Issue.record("\(name) is in neither list; it \(failure?.text ?? "passes")")
      default: break
      }
    }
    for name in supported.union(lists.excluded.keys).sorted() where results[name] == nil {
      Issue.record("\(name) is listed but is not in the suite")
    }
  }

  private func rerecord(
    _ suite: ConformanceSuite, _ results: [String: CaseResult], _ counts: ConformanceCounts
  ) throws {
    let old = try CaseLists.read()
    var new = CaseLists(supported: [], excluded: [:])
    for (name, result) in results {
      if result.failure == nil {
        new.supported.append(name)
      } else {
        // A reason that a person wrote stays; one that the failure gave may have changed with it.
        let kept = old.excluded[name].flatMap { $0.hasPrefix("later:") ? nil : $0 }
        new.excluded[name] = kept ?? exclusionReason(result)
      }
    }
    for name in old.supported where new.excluded[name] != nil {
      print("no longer passes: \(name): \(results[name]?.failure?.text ?? "")")
    }
    try new.write()
    try CaseLists.write(operatorLines(results), to: "operators.txt")
    try CaseLists.write([counts.table], to: "counts.md")
  }

  /// Each registered operator, and how many passing cases use it.
  private func operatorLines(_ results: [String: CaseResult]) -> [String] {
    var uses: [String: Int] = [:]
    for result in results.values where result.failure == nil {
      for name in result.operators { uses[name, default: 0] += 1 }
    }
    return OperatorRegistry.standard.names.map { "\($0)  \(uses[$0] ?? 0)" }
  }
}
