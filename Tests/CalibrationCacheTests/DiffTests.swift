import CalibrationCache
import Testing

@Suite struct DiffTests {
  private func document(_ entries: KeyValuePairs<String, Float>) -> CacheDocument {
    CacheDocument(entries: entries.map { CacheEntry(name: $0.key, scale: $0.value) })
  }

  @Test func `tensors are ranked by the ratio of their scales, either way`() {
    let diff = CacheDiff(
      document(["a": 1, "b": 1, "c": 1, "same": 3, "gone": 1, "zero": 0, "nan": .nan, "a": 9]),
      document(["new": 1, "zero": 1, "c": 2, "b": 0.125, "a": 1.5, "same": 3, "nan": 1, "new": 2]))
    #expect(diff.changes.map(\.name) == ["nan", "zero", "b", "c", "a"])
    #expect(diff.changes.map(\.doublings)[2...3] == [-3, 1])
    #expect(diff.onlyLeft == ["gone"] && diff.onlyRight == ["new"])
    #expect(diff.equalCount == 1 && diff.commonCount == 6)
    #expect(diff.count(beyond: 2) == 3 && diff.count(beyond: 1) == 5 && diff.count(beyond: 1.5) == 4)
    #expect(diff.medianRatio == 1.5)
  }

  @Test func `a cache equals itself, NaN and zeros too`() {
    let one = document(["a": .nan, "b": 0, "c": .infinity])
    let diff = CacheDiff(one, one)
    #expect(diff.changes.isEmpty && diff.equalCount == 3 && diff.medianRatio == 1 && diff.suspicion == nil)
    #expect(CacheDiff(CacheDocument(), CacheDocument()).medianRatio == nil)
  }

  @Test func `magnitudes compared with scales are recognized`() {
    let scales = document(["a": 0.01, "b": 0.02, "c": 0.03, "d": 0.5, "e": 7])
    let magnitudes = CacheDocument(entries: scales.entries.map { CacheEntry(name: $0.name, scale: $0.scale * 127) })
    #expect(CacheDiff(scales, magnitudes).suspicion?.contains("right one holds magnitudes") == true)
    #expect(CacheDiff(magnitudes, scales).suspicion?.contains("left one holds magnitudes") == true)
  }
}
