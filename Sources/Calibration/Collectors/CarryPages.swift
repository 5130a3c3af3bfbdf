/// Counts of 256 each by place, in pages that come into being where something is counted.
struct CarryPages: Sendable {
  /// What a count of 1 stands for.
  static let unit: UInt64 = 256
  /// The most that a byte and a carry hold together.
  static let mostBehindBytes: UInt32 = 0xff_ffff
  private static let pageBits = 9
  static let pageSize = 1 << pageBits

  /// By the leading bits of the place; empty where nothing has been counted.
  private var pages: [[UInt16]] = []

  /// Adds `times` to the count of `place`.
  ///
  /// - Returns: What the count cannot hold: a multiple of 2¹⁶ that is not counted.
  mutating func add(_ times: UInt64, at place: Int) -> UInt64 {
    if times == 0 { return 0 }
    let page = place >> Self.pageBits
    while pages.count <= page { pages.append([]) }
    if pages[page].isEmpty { pages[page] = Array(repeating: 0, count: Self.pageSize) }
    let offset = place & (Self.pageSize - 1)
    let sum = UInt64(pages[page][offset]) + times
    pages[page][offset] = UInt16(truncatingIfNeeded: sum)
    return sum & ~0xffff
  }

  /// The counts of `range`, or none where all are 0.
  func counts(_ range: Range<Int>) -> [UInt16] {
    var result: [UInt16] = []
    forEach { page, start in
      let part = (start..<start + page.count).clamped(to: range)
      if part.isEmpty { return }
      if result.isEmpty { result = Array(repeating: 0, count: range.count) }
      result.replaceSubrange(
        part.lowerBound - range.lowerBound..<part.upperBound - range.lowerBound,
        with: page[part.lowerBound - start..<part.upperBound - start])
    }
    return result
  }

  /// Calls `body` for each page that there is, with the place at which it starts.
  func forEach(_ body: (_ page: [UInt16], _ start: Int) -> Void) {
    for (index, page) in pages.enumerated() where !page.isEmpty { body(page, index << Self.pageBits) }
  }
}
