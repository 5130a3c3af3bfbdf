/// A sum of binary32 numbers without rounding: the same whatever their order and grouping.
///
/// A fixed-point number of 384 bits in two's complement. Its lowest bit is worth 2⁻¹⁴⁹, the least step of binary32, so
/// that every finite number fits, and 2¹⁰⁶ of the largest can be added before it overflows.
package struct ExactSum: Sendable, Equatable {
  static let wordCount = 6
  /// The least significant first.
  private(set) var words = InlineWords()

  package init() {}

  init(words: InlineWords) { self.words = words }

  /// Adds `value`, which must be finite.
  package mutating func add(_ value: Float) {
    let bits = value.bitPattern
    let exponent = Int(bits >> 23 & 0xff)
    let mantissa = UInt64(bits & 0x7f_ffff) | (exponent > 0 ? 0x80_0000 : 0)
    guard mantissa != 0 else { return }
    let shift = max(exponent - 1, 0)
    let word = shift >> 6, offset = UInt64(shift & 63)
    var addend = InlineWords()
    addend[word] = mantissa << offset
    if offset > 40 { addend[word + 1] = mantissa >> (64 - offset) }
    add(value.sign == .minus ? addend.negated : addend)
  }

  package mutating func merge(_ other: ExactSum) { add(other.words) }

  private mutating func add(_ addend: InlineWords) {
    var carry = false
    for index in 0..<Self.wordCount {
      let (first, firstOver) = words[index].addingReportingOverflow(addend[index])
      let (second, secondOver) = first.addingReportingOverflow(carry ? 1 : 0)
      words[index] = second
      carry = firstOver || secondOver
    }
  }

  /// The sum divided by `count`, which must be above 0, in binary64: a function of the sum alone.
  package func mean(of count: UInt64) -> Double {
    let isNegative = words[Self.wordCount - 1] >> 63 == 1
    let magnitude = isNegative ? words.negated : words
    var value = 0.0
    for index in (0..<Self.wordCount).reversed() { value = value * 0x1p64 + Double(magnitude[index]) }
    let mean = value / Double(count) * 0x1p-149
    return isNegative ? -mean : mean
  }
}

/// Six words in place, so that a sum needs no memory of its own.
struct InlineWords: Sendable, Equatable {
  private var low = SIMD4<UInt64>()
  private var high = SIMD2<UInt64>()

  init() {}

  subscript(index: Int) -> UInt64 {
    get { index < 4 ? low[index] : high[index - 4] }
    set { if index < 4 { low[index] = newValue } else { high[index - 4] = newValue } }
  }

  /// The two's complement.
  var negated: InlineWords {
    var result = InlineWords()
    var carry = true
    for index in 0..<ExactSum.wordCount {
      let (word, over) = (~self[index]).addingReportingOverflow(carry ? 1 : 0)
      result[index] = word
      carry = over
    }
    return result
  }
}
