import KernelInterface
import Kernels

/// The statistics of a tensor and of `min(max(x, 0), limit)` of it, in constant memory.
///
/// What lies strictly between the bounds is the same in both and is counted once, in bins that suit the narrower of the two:
/// the bins of larger magnitudes are unions of them. What lies at the upper bound or beyond is counted apart, as it comes.
/// Both results are those of a ``TensorCollector`` that has met the values themselves, bit for bit.
package struct ClippedCollector: Sendable {
  /// The upper bound: finite and above 0.
  package let limit: Float
  /// NaN is with those below.
  private var below = TensorCollector()
  private var above = TensorCollector()
  /// The lowest rank of a sample with a value that is not below.
  private var firstAbove: Int?

  package init(limit: Float) {
    precondition(limit > 0 && limit.isFinite, "the upper bound must be finite and above 0")
    self.limit = limit
  }

  /// Adds values of the tensor in the sample of rank `sample`. NaN and infinities are counted and otherwise left out.
  package mutating func collect(_ values: UnsafeBufferPointer<Float>, sample: Int) {
    let room = min(values.count, Histogram.blockSize) + BinTask.zeroPlaces
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: room) { places in
      unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * room) { parts in
        guard let places = places.baseAddress, let part = parts.baseAddress else { return }
        unsafe below.prepare(for: values, below: limit, places: places)
        var start = 0
        while start < values.count {
          let end = min(start + Histogram.blockSize, values.count)
          let block = unsafe UnsafeBufferPointer(rebasing: values[start..<end])
          unsafe collectBlock(block, sample: sample, parts: (below: part, above: part + room), places: places)
          start = end
        }
      }
    }
  }

  private mutating func collectBlock(
    _ values: UnsafeBufferPointer<Float>, sample: Int,
    parts: (below: UnsafeMutablePointer<Float>, above: UnsafeMutablePointer<Float>),
    places: UnsafeMutablePointer<UInt32>
  ) {
    guard let source = values.baseAddress else { return }
    let found = unsafe KernelLibrary.current.part(source, values.count, limit, parts.below, parts.above)
    if found < values.count {
      let rest = unsafe UnsafeBufferPointer(
        start: found == 0 ? source : UnsafePointer(parts.below), count: values.count - found)
      unsafe below.collectBlock(rest, sample: sample, places: places)
    }
    if found > 0 {
      let rest = unsafe UnsafeBufferPointer(start: parts.above, count: found)
      unsafe above.collectBlock(rest, sample: sample, places: places)
      firstAbove = min(firstAbove ?? sample, sample)
    }
  }

  /// The statistics of the values as they came.
  package var whole: TensorCollector {
    var result = below
    result.merge(above)
    return result
  }

  /// The statistics of the clipped values.
  package var clipped: TensorCollector {
    var result = below.relu()
    if let firstAbove { result.merge(TensorCollector(limit, times: above.count, firstSample: firstAbove)) }
    return result
  }
}

extension TensorCollector {
  /// The statistics of one positive, finite number that occurs `times` times, first in the sample of rank `firstSample`.
  fileprivate init(_ value: Float, times: UInt64, firstSample: Int) {
    count = times
    minimum = Extreme(value: value, sample: firstSample)
    maximum = minimum
    histogram.include(value.biasedExponent...value.biasedExponent, negative: false)
    histogram.add(magnitude: value.bitPattern, negative: false, times: times)
    positiveEdges = Half16Edges(
      atFlushed: value == Half16Edges.flushed ? times : 0, overflows: value >= Half16Edges.overflowing ? times : 0)
  }
}
