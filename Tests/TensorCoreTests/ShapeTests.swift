import TensorCore
import Testing

@Suite struct ShapeTests {
  @Test func `a scalar has one element and no axis`() {
    #expect(Shape([]).count == 1)
    #expect(Shape([]).strides == [])
  }

  @Test(arguments: [[Int.max, 2], [-1, 3], [1 << 32, 1 << 32], [0, 1 << 62, 4]])
  func `extents that do not multiply are reported, not trapped`(dimensions: [Int]) {
    #expect(Shape(dimensions).checkedCount == nil)
  }

  @Test func `strides are row-major`() {
    #expect(Shape([2, 3, 4]).strides == [12, 4, 1])
  }

  @Test func `an unsigned value past Int is no integer`() {
    #expect(Tensor([UInt64.max], shape: [1]).integers == nil)
    #expect(Tensor([UInt64(7)], shape: [1]).integers == [7])
  }
}
