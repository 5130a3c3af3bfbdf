import Calibration

/// What a collector must say of a list of values, found one by one.
struct CollectorReference {
  var finite: [Float] = []
  var zeros: UInt64 = 0
  var nans: UInt64 = 0
  var positiveInfinities: UInt64 = 0
  var negativeInfinities: UInt64 = 0
  var flushed: UInt64 = 0
  var subnormal: UInt64 = 0
  var overflows: UInt64 = 0
  var minimum: Extreme?
  var maximum: Extreme?

  /// - Parameter samples: Values with the rank of their sample.
  init(_ samples: [(value: Float, sample: Int)]) {
    for (value, sample) in samples {
      if value.isNaN { nans += 1 } else if value == .infinity { positiveInfinities += 1 }
      if value == -.infinity { negativeInfinities += 1 }
      guard value.isFinite else { continue }
      finite.append(value)
      let magnitude = value.magnitude
      if value == 0 { zeros += 1 } else if magnitude <= 0x1p-25 { flushed += 1 }
      if magnitude > 0x1p-25 && magnitude < 0x1p-14 { subnormal += 1 }
      if magnitude >= 65520 { overflows += 1 }
      let here = Extreme(value: value + 0, sample: sample)
      if precedes(here, minimum, value < minimum?.value ?? .infinity) { minimum = here }
      if precedes(here, maximum, value > maximum?.value ?? -.infinity) { maximum = here }
    }
  }

  private func precedes(_ new: Extreme, _ old: Extreme?, _ isFarther: Bool) -> Bool {
    guard let old else { return true }
    return isFarther || (new.value == old.value && new.sample < old.sample)
  }
}

extension TensorCollector {
  /// Adds the elements of an array.
  mutating func collect(_ values: [Float], sample: Int) {
    unsafe values.withUnsafeBufferPointer { unsafe collect($0, sample: sample) }
  }
}
