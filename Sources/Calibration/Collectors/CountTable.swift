import CLanes

/// Counts by place, so stored that counting touches little memory.
///
/// A byte for each place takes what arrives; what passes it goes to a second byte, 256 at a time, and from there to a
/// wider table. The tables of a network's tensors take turns in the cache: with bytes alone to touch, a quarter of the
/// memory moves. Each table comes into being when it is needed.
struct CountTable: Sendable {
  let size: Int
  /// What the wider tables do not hold; empty as long as everything is zero.
  private var bytes: [UInt8] = []
  /// Multiples of 256 that the wider tables do not hold.
  private var carries: [UInt8] = []
  /// At most one of the two exists. `wide` takes over when a count may pass 32 bits.
  private var narrow: [UInt32] = []
  private var wide: [UInt64] = []

  init(size: Int) { self.size = size }

  /// The counts of some places.
  func counts(_ range: Range<Int>) -> [UInt64] {
    var result = [UInt64](repeating: 0, count: range.count)
    func add<Count: FixedWidthInteger>(_ counts: [Count], times weight: UInt64 = 1) {
      if counts.isEmpty { return }
      unsafe counts.withUnsafeBufferPointer { counts in
        unsafe result.withUnsafeMutableBufferPointer { result in
          for i in 0..<range.count {
            unsafe result[i] &+= UInt64(truncatingIfNeeded: counts[range.lowerBound &+ i]) &* weight
          }
        }
      }
    }
    add(bytes)
    add(carries, times: 256)
    add(narrow)
    add(wide)
    return result
  }

  /// The first and the last place of `range` whose count is not 0, from 0 at the range's beginning.
  func occupied(_ range: Range<Int>) -> ClosedRange<Int>? {
    var first = range.upperBound, last = range.lowerBound - 1
    func widen<Count: FixedWidthInteger>(_ counts: [Count]) {
      if counts.isEmpty { return }
      unsafe counts.withUnsafeBufferPointer { counts in
        var place = range.lowerBound
        while unsafe place < first && counts[place] == 0 { place &+= 1 }
        first = min(first, place)
        place = range.upperBound &- 1
        while unsafe place > last && counts[place] == 0 { place &-= 1 }
        last = max(last, place)
      }
    }
    widen(bytes)
    widen(carries)
    widen(narrow)
    widen(wide)
    return first > last ? nil : first - range.lowerBound...last - range.lowerBound
  }

  /// Counts `place` `times` times. The sum of all counts so far and these is `total`, but for what stands for zeros:
  /// nobody reads those, and they may wrap round.
  mutating func add(_ times: UInt64, at place: Int, total: UInt64) {
    makeTable(forTotal: total)
    if wide.isEmpty { narrow[place] &+= UInt32(times) } else { wide[place] &+= times }
  }

  /// Sees to it that the wider table exists and that no count in it wraps round before their sum passes `total`.
  mutating func makeTable(forTotal total: UInt64) {
    if total > UInt32.max {
      if wide.isEmpty { wide = narrow.isEmpty ? Array(repeating: 0, count: size) : narrow.map(UInt64.init) }
      narrow = []
    } else if wide.isEmpty && narrow.isEmpty {
      narrow = Array(repeating: 0, count: size)
    }
  }

  /// To be called before many places are counted.
  ///
  /// Between two samples of a tensor all others have been in the cache. Places lie anywhere in the table: without this,
  /// counting would wait for its lines, four hundred or so, one at a time.
  func fetch() {
    unsafe bytes.withUnsafeBytes { unsafe qtool_fetch_for_writing($0.baseAddress, $0.count) }
  }

  /// Counts each of `places` once, and overwrites them. The sum of all counts so far and these is `total`.
  mutating func tally(_ places: UnsafeMutableBufferPointer<UInt32>, total: UInt64) {
    if bytes.isEmpty { bytes = Array(repeating: 0, count: size) }
    var full = unsafe Self.tally(places, in: &bytes)
    if full == 0 { return }
    if carries.isEmpty { carries = Array(repeating: 0, count: size) }
    full = unsafe Self.tally(.init(rebasing: places[..<full]), in: &carries)
    for i in 0..<full { unsafe add(1 << 16, at: Int(places[i]), total: total) }
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
    makeTable(forTotal: other.wide.isEmpty ? total : .max)
    func add<Count: FixedWidthInteger, Sum: FixedWidthInteger>(
      _ counts: [Count], of weight: Sum = 1, to sums: inout [Sum]
    ) {
      if counts.isEmpty { return }
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        unsafe counts.withUnsafeBufferPointer { counts in
          unsafe old.add(
            UnsafeBufferPointer(rebasing: counts[source]), of: weight, to: .init(rebasing: sums[target]), of: new)
        }
      }
    }
    if wide.isEmpty {
      add(other.bytes, to: &narrow)
      add(other.carries, of: 256, to: &narrow)
      add(other.narrow, to: &narrow)
    } else {
      add(other.bytes, to: &wide)
      add(other.carries, of: 256, to: &wide)
      add(other.narrow, to: &wide)
      add(other.wide, to: &wide)
    }
  }
}
