import Foundation

/// The difference between a signal and a copy of it, added up in binary64 in the order given.
package struct SignalError: Sendable, Hashable {
  /// Σ x².
  package private(set) var signal = 0.0
  /// Σ y².
  package private(set) var copy = 0.0
  /// Σ (x − y)².
  package private(set) var noise = 0.0
  /// Σ x·y.
  package private(set) var product = 0.0
  package private(set) var greatest = 0.0
  package private(set) var magnitudes = 0.0
  package private(set) var count = 0
  /// Elements of which either is NaN or infinite; they are in no sum.
  package private(set) var nonFinite = 0

  package init() {}

  /// Adds pairs of elements, as many as the shorter list has.
  package mutating func add(_ reference: Span<Float>, _ other: Span<Float>) {
    // In registers, four sums to a vector: each is still added up in the order given.
    var sums = SIMD4(signal, copy, product, noise)
    var magnitudes = magnitudes, greatest = greatest
    var skipped = 0
    let all = min(reference.count, other.count)
    for i in 0..<all {
      let x = Double(reference[i])
      let y = Double(other[i])
      let difference = x - y
      guard difference.isFinite else {
        skipped &+= 1
        continue
      }
      sums += SIMD4(x, y, x, difference) * SIMD4(x, y, y, difference)
      magnitudes += difference.magnitude
      greatest = max(greatest, difference.magnitude)
    }
    (signal, copy, product, noise) = (sums[0], sums[1], sums[2], sums[3])
    (self.magnitudes, self.greatest) = (magnitudes, greatest)
    nonFinite += skipped
    count += all - skipped
  }

  package mutating func add(_ reference: [Float], _ other: [Float]) { add(reference.span, other.span) }

  package mutating func merge(_ other: SignalError) {
    signal += other.signal
    copy += other.copy
    noise += other.noise
    product += other.product
    greatest = max(greatest, other.greatest)
    magnitudes += other.magnitudes
    count += other.count
    nonFinite += other.nonFinite
  }

  /// `10 · log₁₀(Σ x² / Σ (x − y)²)` in dB: infinite where nothing differs, NaN where nothing was added.
  package var decibels: Double {
    if count == 0 { return .nan }
    if noise == 0 { return .infinity }
    return 10 * log10(signal / noise)
  }

  /// `Σ x·y / √(Σ x² · Σ y²)`; NaN where one of them is all zero.
  package var cosine: Double { product / (signal * copy).squareRoot() }

  /// The mean of |x − y|; NaN where nothing was added.
  package var meanAbsolute: Double { magnitudes / Double(count) }
}
