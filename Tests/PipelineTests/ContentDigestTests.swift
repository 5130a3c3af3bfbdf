import Pipeline
import Testing

/// What tells one sample from another.
@Suite struct ContentDigestTests {
  private static let values = (0..<1003).map { Float($0 % 17) - 3.5 }

  private static func digest(_ values: [Float], inParts of: Int = .max) -> UInt64 {
    var digest = ContentDigest()
    for start in stride(from: 0, to: values.count, by: min(of, values.count)) {
      let part = Array(values[start..<min(start + min(of, values.count), values.count)])
      unsafe part.withUnsafeBytes { unsafe digest.add($0) }
    }
    return digest.value
  }

  @Test func `equal samples have equal digests`() {
    #expect(Self.digest(Self.values) == Self.digest(Self.values.map { $0 }))
    #expect(Self.digest(Self.values, inParts: 8) == Self.digest(Self.values))
  }

  @Test func `one that differs anywhere has another`() {
    var seen: Set<UInt64> = [Self.digest(Self.values)]
    for place in Self.values.indices {
      var other = Self.values
      other[place].negate()
      #expect(seen.insert(Self.digest(other)).inserted, "sign at \(place)")
      // Signs are the top bits of what is multiplied: two that flip must not undo each other.
      other[(place + 8) % other.count].negate()
      #expect(seen.insert(Self.digest(other)).inserted, "signs at \(place) and 8 behind")
    }
  }

  @Test func `the length and the order count`() {
    #expect(Self.digest([0]) != Self.digest([0, 0]))
    #expect(Self.digest([Float](repeating: 0, count: 16)) != Self.digest([Float](repeating: 0, count: 8)))
    let swapped = [Self.values[1], Self.values[0]] + Self.values[2...]
    #expect(Self.digest(swapped) != Self.digest(Self.values))
    // Words that change places within a chain, and between two.
    let first = Self.values[..<8], second = Self.values[8..<16]
    #expect(Self.digest(Array(second + first)) != Self.digest(Array(first + second)))
    #expect(Self.digest(Array(first[2..<4] + first[..<2] + first[4...])) != Self.digest(Array(first)))
  }
}
