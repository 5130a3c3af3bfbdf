import KernelInterface

/// The statistics of one tensor over any number of samples, in constant memory.
///
/// A collector's state depends only on which values were met in which samples: collectors of parts of a stream, merged
/// in any order, equal the collector of the whole, bit for bit. `collect` may be called several times for a sample,
/// with disjoint parts of the tensor in any order.
package struct TensorCollector: Sendable, Equatable {
  /// How many values arrived, of any kind.
  package internal(set) var count: UInt64 = 0
  /// How many of them are +0 or -0.
  package internal(set) var zeros: UInt64 = 0
  package internal(set) var nans = Tally()
  package internal(set) var positiveInfinities = Tally()
  package internal(set) var negativeInfinities = Tally()
  /// The finite values other than 0.
  package internal(set) var histogram = Histogram()
  /// The least and the greatest finite value; nil where there is none. A zero is +0.
  package internal(set) var minimum: Extreme?
  package internal(set) var maximum: Extreme?
  /// The extremes of each sample, added up; nil unless whoever feeds the collector keeps them.
  package var sampleExtremes: SampleExtremes?

  /// The lowest rank of a sample with a value that is not positive, minus infinity included: where the tensor behind a
  /// ReLU has its first 0.
  var firstNonPositive: Int?
  /// What no border between bins shows.
  var negativeEdges = Half16Edges()
  var positiveEdges = Half16Edges()

  package init() {}

  /// The largest finite magnitude, 0 where there is no finite value.
  package var amax: Float { max(-(minimum?.value ?? 0), maximum?.value ?? 0, 0) }

  /// How many values are finite, zeros included.
  package var finiteCount: UInt64 { zeros + histogram.total }

  /// Adds values of the tensor in the sample of rank `sample`. NaN and infinities are counted and otherwise left out.
  package mutating func collect(_ values: Span<Float>, sample: Int) {
    unsafe values.withUnsafeBufferPointer { unsafe collect($0, sample: sample) }
  }

  /// Adds values of the tensor in the sample of rank `sample`. NaN and infinities are counted and otherwise left out.
  package mutating func collect(_ values: UnsafeBufferPointer<Float>, sample: Int) {
    unsafe withUnsafeTemporaryAllocation(
      of: UInt32.self, capacity: min(values.count, Histogram.blockSize) + BinTask.zeroPlaces
    ) { places in
      guard let places = places.baseAddress else { return }
      unsafe prepare(for: values, places: places)
      var start = 0
      while start < values.count {
        let end = min(start + Histogram.blockSize, values.count)
        unsafe collectBlock(UnsafeBufferPointer(rebasing: values[start..<end]), sample: sample, places: places)
        start = end
      }
    }
  }

  /// Makes the collection of many values block by block cheaper, if they are many.
  ///
  /// - Parameters:
  ///   - limit: Values from here on are not collected.
  ///   - places: As many as a block has at most; overwritten.
  mutating func prepare(
    for values: UnsafeBufferPointer<Float>, below limit: Float = .infinity, places: UnsafeMutablePointer<UInt32>
  ) {
    guard values.count >= Histogram.blockSize else { return }
    if histogram.total == 0 { unsafe histogram.makeBins(for: values, below: limit, places: places) }
    histogram.fetch()
  }

  /// Adds a block of values, not empty and no more than ``Histogram/blockSize``.
  ///
  /// - Parameter places: Room for a place each and ``BinTask/zeroPlaces`` more; overwritten.
  mutating func collectBlock(
    _ values: UnsafeBufferPointer<Float>, sample: Int, places: UnsafeMutablePointer<UInt32>
  ) {
    var scan = unsafe histogram.scan(values, places: places)
    guard scan.isFinite else {
      unsafe collectWithNonFinite(values, sample: sample, places: places)
      return
    }
    count += UInt64(values.count)
    // -0 + 0 is +0.
    let lowest = scan.lowest + 0, highest = scan.highest + 0
    if lowest <= 0 { noteNonPositive(sample) }
    minimum = Extreme.lower(minimum, Extreme(value: lowest, sample: sample))
    maximum = Extreme.higher(maximum, Extreme(value: highest, sample: sample))
    zeros += UInt64(scan.zeros)
    if lowest == highest {
      addConstant(lowest, times: values.count)
      // Not told by the scan where it is the first negative value.
      scan.leastNegative = (-lowest).bitPattern
    } else {
      unsafe histogram.add(values, scan: &scan, places: places)
    }
    unsafe noteHalf16Edges(values, scan)
  }

  /// The same for a block with NaN or infinities: counts them, then adds the others.
  private mutating func collectWithNonFinite(
    _ values: UnsafeBufferPointer<Float>, sample: Int, places: UnsafeMutablePointer<UInt32>
  ) {
    let scan = unsafe ValueScan(values)
    count += UInt64(scan.nonFinite)
    nans.add(scan.nans, sample: sample)
    positiveInfinities.add(scan.positiveInfinities, sample: sample)
    negativeInfinities.add(scan.negativeInfinities, sample: sample)
    if scan.negativeInfinities > 0 { noteNonPositive(sample) }
    let finite = unsafe values.filter(\.isFinite)
    unsafe finite.withUnsafeBufferPointer { finite in
      if !finite.isEmpty { unsafe collectBlock(finite, sample: sample, places: places) }
    }
  }

  private mutating func noteNonPositive(_ sample: Int) {
    firstNonPositive = min(firstNonPositive ?? sample, sample)
  }

  /// Adds one value many times: what a constant tensor, or padding, would do slowly one by one.
  private mutating func addConstant(_ value: Float, times: Int) {
    if value == 0 { return }
    let exponent = value.biasedExponent
    histogram.include(exponent...exponent, negative: value < 0)
    histogram.add(magnitude: value.magnitude.bitPattern, negative: value < 0, times: UInt64(times))
  }

  private mutating func noteHalf16Edges(_ values: UnsafeBufferPointer<Float>, _ scan: BinScan) {
    let hasTiny = min(scan.leastNegative, scan.leastPositive) <= Half16Edges.flushed.bitPattern
    if scan.highest > 0 {
      unsafe positiveEdges.add(values, negative: false, amax: scan.highest, hasTiny: hasTiny)
    }
    if scan.lowest < 0 {
      unsafe negativeEdges.add(values, negative: true, amax: -scan.lowest, hasTiny: hasTiny)
    }
  }
}

extension TensorCollector {
  /// Adds everything that `other` has met. Parts of one sample may come from different collectors, as those of a
  /// Concat do.
  package mutating func merge(_ other: TensorCollector) {
    count += other.count
    zeros += other.zeros
    nans.merge(other.nans)
    positiveInfinities.merge(other.positiveInfinities)
    negativeInfinities.merge(other.negativeInfinities)
    histogram.merge(other.histogram)
    minimum = Extreme.lower(minimum, other.minimum)
    maximum = Extreme.higher(maximum, other.maximum)
    if let sample = other.firstNonPositive { noteNonPositive(sample) }
    negativeEdges.merge(other.negativeEdges)
    positiveEdges.merge(other.positiveEdges)
    if let more = other.sampleExtremes {
      var sum = sampleExtremes ?? SampleExtremes()
      sum.merge(more)
      sampleExtremes = sum
    }
  }

  /// The statistics of this tensor behind a ReLU, as observing that would give them, bit for bit.
  ///
  /// Negative values and minus infinity become 0; NaN and plus infinity stay.
  package func relu() -> TensorCollector {
    var result = TensorCollector()
    result.count = count
    result.histogram = histogram.withoutNegatives()
    result.zeros = finiteCount - result.histogram.total + negativeInfinities.count
    result.nans = nans
    result.positiveInfinities = positiveInfinities
    let zero = firstNonPositive.map { Extreme(value: 0, sample: $0) }
    // A negative extreme turns into one of the zeros.
    result.minimum = zero ?? minimum
    result.maximum = if let maximum, maximum.value > 0 { maximum } else { zero }
    result.firstNonPositive = firstNonPositive
    result.positiveEdges = positiveEdges
    return result
  }
}
