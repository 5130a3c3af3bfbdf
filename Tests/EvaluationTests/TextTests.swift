import Evaluation
import TensorCore
import Testing

@Suite struct TextTests {
  @Test func `edit distances are Levenshtein's`() {
    for (a, b, distance) in [
      ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0), ("flaw", "lawn", 2),
      ("größe", "grosse", 3),
    ] {
      #expect(EditDistance.between(a, b) == distance)
      #expect(EditDistance.between(b, a) == distance)
    }
  }

  @Test func `edit distances equal the recursive definition`() {
    func definition(_ a: Substring, _ b: Substring) -> Int {
      guard let x = a.first else { return b.count }
      guard let y = b.first else { return a.count }
      let rest = definition(a.dropFirst(), b.dropFirst()) + (x == y ? 0 : 1)
      return min(rest, definition(a.dropFirst(), b) + 1, definition(a, b.dropFirst()) + 1)
    }
    var generator = SplitMix64(seed: 3)
    for _ in 0..<60 {
      func word() -> String {
        String((0..<generator.place(below: 6)).map { _ in "abc".randomElement(using: &generator) ?? "a" })
      }
      let a = word(), b = word()
      #expect(EditDistance.between(a, b) == definition(a[...], b[...]), "\(a) \(b)")
    }
  }

  /// Scores of which the given classes are the best, one step each.
  private func scores(_ classes: [Int], of count: Int) -> [Float] {
    classes.flatMap { best in (0..<count).map { $0 == best ? 1 : 0 } as [Float] }
  }

  @Test func `CTC drops repeats first and blanks then`() throws {
    let decoder = TextDecoder(alphabet: ["a", "b"])
    #expect(decoder.classCount == 3)
    let steps = [0, 1, 1, 0, 1, 2, 2, 0]
    #expect(try decoder.decode(extents: [1, 8, 3], values: scores(steps, of: 3)) == "aab")
    #expect(try decoder.decode(extents: [8, 3], values: scores(steps, of: 3)) == "aab")
    let turned = TextDecoder(layout: .tnc, alphabet: ["a", "b"])
    #expect(try turned.decode(extents: [8, 1, 3], values: scores(steps, of: 3)) == "aab")
    // Classes before steps.
    let columns = (0..<3).flatMap { category in steps.map { $0 == category ? 1 : 0 } as [Float] }
    #expect(try TextDecoder(layout: .nct, alphabet: ["a", "b"]).decode(extents: [1, 3, 8], values: columns) == "aab")
  }

  @Test func `the blank may be any class, and a step without a number is none`() throws {
    let decoder = TextDecoder(alphabet: ["a", "b"], blank: 2)
    #expect(try decoder.decode(extents: [1, 3, 3], values: scores([0, 2, 1], of: 3)) == "ab")
    #expect(try decoder.decode(extents: [1, 1, 3], values: [.nan, .nan, .nan]) == "")
  }

  @Test func `steps end where the network says so, and repeats stay`() throws {
    let decoder = TextDecoder(kind: .steps, alphabet: ["a", "b"], blank: nil, end: 0)
    #expect(try decoder.decode(extents: [1, 5, 3], values: scores([1, 1, 2, 0, 1], of: 3)) == "aab")
    // Classes in place of scores.
    #expect(try decoder.decode(extents: [1, 5], values: [1, 1, 2, 0, 1]) == "aab")
  }

  @Test func `an output for another alphabet is refused`() {
    let decoder = TextDecoder(alphabet: ["a", "b"])
    for extents in [[1, 8, 4], [2, 8, 3], [1, 1, 8, 3]] {
      #expect(throws: OutputMismatch.self) {
        try decoder.decode(extents: extents, values: Array(repeating: 0, count: extents.reduce(1, *)))
      }
    }
  }
}
