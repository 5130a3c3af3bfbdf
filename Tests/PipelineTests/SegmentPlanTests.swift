import Pipeline
import Testing

/// How a set is divided, whatever its size.
@Suite struct SegmentPlanTests {
  private static let counts = Array(0...130) + [199, 200, 1000, 1001, 4096, 50_000, 1_000_003]

  @Test(arguments: [false, true]) func `segments follow each other and are few`(keepsGroups: Bool) {
    for count in Self.counts {
      let plan = SegmentPlan(count: count, keepsGroups: keepsGroups)
      var end = 0
      for segment in 0..<plan.segmentCount {
        let range = plan.range(of: segment)
        #expect(range.lowerBound == end && (!range.isEmpty || count == 0), "\(count)")
        #expect(range.count <= max(24, count / 20), "\(count)")
        end = range.upperBound
      }
      #expect(end == count && plan.segmentCount <= 60, "\(count): \(plan.segmentCount) segments")
    }
  }

  @Test(arguments: [false, true]) func `prefixes and the half end with a segment`(keepsGroups: Bool) {
    for count in Self.counts where count > 1 {
      let plan = SegmentPlan(count: count, keepsGroups: keepsGroups)
      let ends = Set((0..<plan.segmentCount).map { plan.range(of: $0).upperBound })
      #expect(ends.isSuperset(of: plan.prefixes + [count / 2]), "\(count)")
      #expect(plan.prefixes.last == count)
    }
  }

  @Test func `groups cost segments, and only where they are kept`() {
    #expect(SegmentPlan(count: 64, keepsGroups: false).groupCount == 1)
    #expect(SegmentPlan(count: 64, keepsGroups: true).groupCount == 12)
    #expect(SegmentPlan(count: 64, keepsGroups: false).segmentCount == 6)
    #expect(SegmentPlan(count: 64, keepsGroups: true).segmentCount == 14)
  }
}
