import Evaluation
import Testing

@Suite struct SegmentationTests {
  private func map(_ height: Int, _ width: Int, _ classes: [Int32]) throws -> ClassMap {
    try #require(ClassMap(height: height, width: width, classes: classes))
  }

  @Test func `the greatest score of a pixel is its class, in either layout`() throws {
    // Two classes over 1 x 3 pixels; the last is a tie, NaN never wins.
    let planes: [Float] = [1, .nan, 5, 2, -9, 5]
    let first = try SegmentationDecoder().decode(extents: [1, 2, 1, 3], values: planes)
    #expect(first.classes == [1, 1, 0] && first.height == 1 && first.width == 3)
    let interleaved: [Float] = [1, 2, .nan, -9, 5, 5]
    let second = try SegmentationDecoder(layout: .nhwc).decode(extents: [1, 1, 3, 2], values: interleaved)
    #expect(second == first)
    let nothing = try SegmentationDecoder().decode(extents: [2, 1, 1], values: [.nan, .nan])
    #expect(nothing.classes == [ClassMap.none])
  }

  @Test func `one channel holds the class, or is cut at a threshold`() throws {
    let direct = try SegmentationDecoder().decode(extents: [1, 2, 2], values: [0, 3, .nan, -1])
    #expect(direct.classes == [0, 3, ClassMap.none, ClassMap.none])
    let cut = try SegmentationDecoder(threshold: 0.5).decode(extents: [1, 1, 2, 2], values: [0.5, 0.6, .nan, 9])
    #expect(cut.classes == [0, 1, ClassMap.none, 1])
    #expect(throws: OutputMismatch.self) { try SegmentationDecoder().decode(extents: [1, 10], values: [0]) }
    #expect(throws: OutputMismatch.self) { try SegmentationDecoder().decode(extents: [2, 3, 4, 4], values: [0]) }
  }

  @Test func `a map is resized by the class under each pixel's centre`() throws {
    let small = try map(1, 2, [4, 7])
    #expect(small.resized(height: 2, width: 4).classes == [4, 4, 7, 7, 4, 4, 7, 7])
    #expect(try map(1, 4, [1, 2, 3, 4]).resized(height: 1, width: 2).classes == [2, 4])
    #expect(ClassMap(height: 2, width: 2, classes: [1]) == nil)
  }

  @Test func `intersection over union adds up pixels, not pictures`() throws {
    let labels = [try map(1, 4, [0, 0, 1, 1]), try map(1, 4, [1, 1, 1, -1])]
    let found = [try map(1, 4, [0, 1, 1, 1]), try map(1, 4, [1, 1, 2, 0])]
    let overlaps = zip(found, labels).map { ClassOverlap(prediction: $0, label: $1) }
    let ratios = IntersectionOverUnion(overlaps)
    // Class 0: 1 of 2. Class 1: 2 + 2 right, union 3 + 3. Class 2: predicted once, never right. The unlabelled pixel
    // counts nowhere.
    #expect(ratios.categories == [0, 1, 2])
    #expect(ratios.perClass() == [0.5, 4.0 / 6, 0])
    #expect(ratios.mean() == (0.5 + 4.0 / 6) / 3)
    #expect(ratios.accuracy() == 5.0 / 7)
    #expect(ratios.labelledPixels(1) == 5)
    // The first picture alone: class 2 occurs nowhere.
    let drawn: [Int32] = [1, 0]
    #expect(ratios.mean(drawn: drawn.span) == (0.5 + 2.0 / 3) / 2)
    #expect(IntersectionOverUnion([]).mean().isNaN)
  }

  @Test func `a picture drawn twice counts as two`() throws {
    let labels = try map(1, 4, [0, 0, 1, 1]), other = try map(1, 4, [1, 0, 0, 1])
    let a = ClassOverlap(prediction: other, label: labels), b = ClassOverlap(prediction: labels, label: labels)
    let drawn: [Int32] = [2, 1]
    let weighted = IntersectionOverUnion([a, b])
    #expect(weighted.mean(drawn: drawn.span) == IntersectionOverUnion([a, a, b]).mean())
    #expect(weighted.accuracy(drawn: drawn.span) == IntersectionOverUnion([a, a, b]).accuracy())
  }
}
