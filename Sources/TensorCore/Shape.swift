/// The extent of each axis of a tensor, outermost first, such as `[N, C, H, W]`; empty for a scalar.
package struct Shape: Sendable, Hashable {
  package var dimensions: [Int]

  package init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// How many axes there are.
  package var rank: Int { dimensions.count }

  /// How many elements there are: the product of the extents, 1 for a scalar.
  ///
  /// Extents that come from a file must pass ``checkedCount`` first: this traps where the product overflows.
  package var count: Int { dimensions.reduce(1, *) }

  /// The number of elements, or nil where an extent is negative or extents do not multiply within an `Int`.
  ///
  /// Extents of 0 are left out of that product, for the strides of an empty tensor are products too.
  package var checkedCount: Int? {
    var product = 1
    for extent in dimensions where extent != 0 {
      guard extent > 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      product = next
    }
    return dimensions.contains(0) ? 0 : product
  }

  /// How many elements apart two neighbours along each axis lie, in row-major order.
  package var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
    return strides
  }

  package subscript(axis: Int) -> Int {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }
}

extension Shape: ExpressibleByArrayLiteral {
  package init(arrayLiteral dimensions: Int...) { self.init(dimensions) }
}

extension Shape: CustomStringConvertible {
  /// `[1, 3, 224, 224]`.
  package var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
