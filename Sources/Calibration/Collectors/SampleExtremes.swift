/// The extremes that a tensor has in each sample, added up: what the method `mean` takes the average of.
///
/// The sums are exact, so that neither order nor grouping of the samples shows in them.
package struct SampleExtremes: Sendable, Equatable {
  /// How many samples have a finite value.
  package private(set) var count: UInt64 = 0
  package private(set) var minima = ExactSum()
  package private(set) var maxima = ExactSum()
  /// Of the largest magnitude of each sample.
  package private(set) var magnitudes = ExactSum()

  package init() {}

  init(count: UInt64, minima: ExactSum, maxima: ExactSum, magnitudes: ExactSum) {
    self.count = count
    self.minima = minima
    self.maxima = maxima
    self.magnitudes = magnitudes
  }

  /// Adds one sample's values, all of them at once; NaN and infinities are left out.
  package mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let scan = unsafe ValueScan(values)
    guard scan.hasFinite else { return }
    count += 1
    minima.add(scan.lowest)
    maxima.add(scan.highest)
    magnitudes.add(max(-scan.lowest, scan.highest))
  }

  package mutating func merge(_ other: SampleExtremes) {
    count += other.count
    minima.merge(other.minima)
    maxima.merge(other.maxima)
    magnitudes.merge(other.magnitudes)
  }
}
