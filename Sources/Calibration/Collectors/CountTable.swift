import CLanes

/// Counts by place, so stored that counting touches little memory and few values take little of it.
///
/// A byte for each place takes what arrives; what passes it goes, 256 at a time, to pages that come into being where
/// they are needed: most values lie in few places. The tables of a network's tensors take turns in the cache: with bytes
/// alone to touch, a quarter of the memory moves. Sums of several tables are kept in words.
struct CountTable: Sendable {
  let size: Int
  /// What the other tables do not hold; empty as long as everything is zero.
  private var bytes: [UInt8] = []
  /// Multiples of 256 that the sums do not hold.
  private var carries = CarryPages()
  /// At most one of the two exists. `wide` takes over when a count may pass 32 bits.
  private var narrow: [UInt32] = []
  private var wide: [UInt64] = []

  init(size: Int) { self.size = size }

  /// The counts of some places.
  func counts(_ range: Range<Int>) -> [UInt64] { counts(range, as: UInt64.self) }

  /// The counts of some places as numbers that can hold each of them.
  func counts<Result: FixedWidthInteger>(_ range: Range<Int>, as type: Result.Type) -> [Result] {
    var result: [Result] = bytes.isEmpty ? Array(repeating: 0, count: range.count) : widened(bytes[range])
    func add<Count: FixedWidthInteger>(_ counts: ArraySlice<Count>, times weight: Result = 1) {
      if counts.isEmpty { return }
      unsafe counts.withUnsafeBufferPointer { counts in
        unsafe result.withUnsafeMutableBufferPointer { result in
          for i in 0..<range.count {
            unsafe result[i] &+= Result(truncatingIfNeeded: counts[i]) &* weight
          }
        }
      }
    }
    add(carries.counts(range)[...], times: Result(CarryPages.unit))
    if !narrow.isEmpty { add(narrow[range]) }
    if !wide.isEmpty { add(wide[range]) }
    return result
  }

  private func widened<Result: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) -> [Result] {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe Array(unsafeUninitializedCapacity: bytes.count) { result, count in
        for i in 0..<bytes.count { unsafe result.initializeElement(at: i, to: Result(bytes[i])) }
        count = bytes.count
      }
    }
  }

  /// The first and the last place of `range` whose count is not 0, from 0 at the range's beginning.
  func occupied(_ range: Range<Int>) -> ClosedRange<Int>? {
    var first = range.upperBound, last = range.lowerBound - 1
    func widen<Count: FixedWidthInteger>(_ counts: [Count], _ range: Range<Int>, from start: Int = 0) {
      if counts.isEmpty { return }
      unsafe counts.withUnsafeBufferPointer { counts in
        /// Whether 16 counts are 0: most of a table is empty, and passed over in steps.
        @inline(__always) func isEmpty(from place: Int) -> Bool {
          var any: Count = 0
          for offset in 0..<16 { unsafe any |= counts[place &- start &+ offset] }
          return any == 0
        }
        let end = min(first, range.upperBound)
        var place = range.lowerBound
        while place &+ 16 <= end && isEmpty(from: place) { place &+= 16 }
        while unsafe place < end && counts[place &- start] == 0 { place &+= 1 }
        if place < range.upperBound { first = min(first, place) }
        let least = max(last, range.lowerBound - 1)
        place = range.upperBound &- 1
        while place &- 16 >= least && isEmpty(from: place &- 15) { place &-= 16 }
        while unsafe place > least && counts[place &- start] == 0 { place &-= 1 }
        if place >= range.lowerBound { last = max(last, place) }
      }
    }
    widen(bytes, range)
    widen(narrow, range)
    widen(wide, range)
    carries.forEach { page, start in
      let part = (start..<start + page.count).clamped(to: range)
      if !part.isEmpty { widen(page, part, from: start) }
    }
    return first > last ? nil : first - range.lowerBound...last - range.lowerBound
  }

  /// Counts `place` `times` times. The sum of all counts so far and these is `total`, but for what stands for zeros:
  /// nobody reads those, and they may wrap round.
  mutating func add(_ times: UInt64, at place: Int, total: UInt64) {
    var rest = times
    if !hasSums {
      if bytes.isEmpty { bytes = Array(repeating: 0, count: size) }
      let sum = rest + UInt64(bytes[place])
      bytes[place] = UInt8(truncatingIfNeeded: sum)
      rest = carries.add(sum / CarryPages.unit, at: place) * CarryPages.unit
      if rest == 0 { return }
    }
    makeSums(forTotal: total)
    if wide.isEmpty { narrow[place] &+= UInt32(rest) } else { wide[place] &+= rest }
  }

  /// Adds `counts` to those of the places from `start` on. The sum of all counts is `total` then.
  mutating func add(_ counts: [UInt64], from start: Int, total: UInt64) {
    makeSums(forTotal: total)
    func add<Sum: FixedWidthInteger>(to sums: inout [Sum]) {
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        unsafe counts.withUnsafeBufferPointer { counts in
          let sums = unsafe UnsafeMutableBufferPointer(rebasing: sums[start..<start + counts.count])
          for place in 0..<counts.count { unsafe sums[place] &+= Sum(truncatingIfNeeded: counts[place]) }
        }
      }
    }
    if wide.isEmpty { add(to: &narrow) } else { add(to: &wide) }
  }

  /// Whether the table has been given sums, rather than having counted alone.
  var hasSums: Bool { !narrow.isEmpty || !wide.isEmpty }

  /// Sees to it that there are sums and that none wraps round before all together pass `total`.
  private mutating func makeSums(forTotal total: UInt64) {
    if total > UInt32.max {
      if wide.isEmpty { wide = narrow.isEmpty ? Array(repeating: 0, count: size) : narrow.map(UInt64.init) }
      narrow = []
    } else if wide.isEmpty && narrow.isEmpty {
      narrow = Array(repeating: 0, count: size)
    }
  }

  /// Brings what counts these places into the cache, all at a time.
  func fetch(_ places: Range<Int>) {
    if bytes.isEmpty { return }
    unsafe bytes[places].withUnsafeBytes { unsafe qtool_fetch_for_writing($0.baseAddress, $0.count) }
  }

  /// Counts each of `places` once, and overwrites them. The sum of all counts so far and these is `total`.
  mutating func tally(_ places: UnsafeMutableBufferPointer<UInt32>, total: UInt64) {
    if bytes.isEmpty { bytes = Array(repeating: 0, count: size) }
    let full = unsafe Self.tally(places, in: &bytes)
    for i in 0..<full {
      let place = unsafe Int(places[i])
      let rest = carries.add(1, at: place)
      if rest > 0 { add(rest * CarryPages.unit, at: place, total: total) }
    }
  }

  /// Moves the places whose byte comes round to 0 to the front, and answers how many there are.
  private static func tally(_ places: UnsafeMutableBufferPointer<UInt32>, in bytes: inout [UInt8]) -> Int {
    unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      guard let place = places.baseAddress, let byte = bytes.baseAddress else { return 0 }
      var full = 0
      @inline(__always) func count(_ i: Int) {
        let target = unsafe byte + Int(place[i])
        let sum = unsafe target.pointee &+ 1
        unsafe target.pointee = sum
        // One in 256: kept out of the way of the others.
        if _slowPath(sum == 0) {
          unsafe place[full] = unsafe place[i]
          full = full &+ 1
        }
      }
      var i = 0
      while i &+ 8 <= places.count {
        count(i)
        count(i &+ 1)
        count(i &+ 2)
        count(i &+ 3)
        count(i &+ 4)
        count(i &+ 5)
        count(i &+ 6)
        count(i &+ 7)
        i = i &+ 8
      }
      while i < places.count {
        count(i)
        i = i &+ 1
      }
      return full
    }
  }

  /// Adds the counts that the places `source` of another table hold of the bins of `old` to those of `new`, which begin
  /// at `target`. The sum of all counts is `total` then.
  mutating func add(
    _ other: CountTable, _ source: Range<Int>, of old: BinLayout, to target: Range<Int>, of new: BinLayout,
    total: UInt64
  ) {
    makeSums(forTotal: other.wide.isEmpty ? total : .max)
    func add<Count: FixedWidthInteger, Sum: FixedWidthInteger>(
      _ counts: ArraySlice<Count>, of weight: Sum = 1, to sums: inout [Sum]
    ) {
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        unsafe counts.withUnsafeBufferPointer { counts in
          unsafe old.add(counts, of: weight, to: .init(rebasing: sums[target]), of: new)
        }
      }
    }
    func addAll<Sum: FixedWidthInteger>(to sums: inout [Sum]) {
      if !other.bytes.isEmpty { add(other.bytes[source], to: &sums) }
      let carries = other.carries.counts(source)
      if !carries.isEmpty { add(carries[...], of: Sum(CarryPages.unit), to: &sums) }
      if !other.narrow.isEmpty { add(other.narrow[source], to: &sums) }
      if !other.wide.isEmpty { add(other.wide[source], to: &sums) }
    }
    if wide.isEmpty { addAll(to: &narrow) } else { addAll(to: &wide) }
  }

  /// Turns sums back into bytes and carries where these can hold them: for a table that is going to count.
  mutating func compact() {
    guard !narrow.isEmpty, bytes.isEmpty, wide.isEmpty, narrow.allBits <= CarryPages.mostBehindBytes else { return }
    bytes = Array(repeating: 0, count: size)
    unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe narrow.withUnsafeBufferPointer { sums in
        for place in 0..<size { unsafe bytes[place] = UInt8(truncatingIfNeeded: sums[place]) }
      }
    }
    for start in stride(from: 0, to: size, by: CarryPages.pageSize) {
      let page = narrow[start..<min(start + CarryPages.pageSize, size)]
      if page.allBits < CarryPages.unit { continue }
      for place in page.indices { _ = carries.add(UInt64(page[place]) / CarryPages.unit, at: place) }
    }
    narrow = []
  }
}

extension Collection<UInt32> {
  /// The bits that any of the numbers has: less than a power of two where all numbers are.
  fileprivate var allBits: UInt32 {
    withContiguousStorageIfAvailable { numbers in
      var bits: UInt32 = 0
      for i in numbers.indices { unsafe bits |= numbers[i] }
      return bits
    } ?? reduce(0, |)
  }
}
