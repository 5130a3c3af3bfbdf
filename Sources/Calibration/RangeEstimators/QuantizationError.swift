/// The squared error that symmetric INT8 makes in a tensor, expected from its histogram.
package struct QuantizationError: Sendable {
  private let negative: Moments?
  private let positive: Moments?

  package init(_ tensor: TensorCollector) {
    negative = MagnitudeHistogram(tensor, .negative).map(Moments.init)
    positive = MagnitudeHistogram(tensor, .positive).map(Moments.init)
  }

  /// The error summed over all finite values, for a positive threshold.
  ///
  /// Codes range from -128 to 127 and the scale is `threshold / 127`; values halfway between codes make the same error
  /// either way.
  ///
  /// - Parameter isRectified: Whether errors in negative values do not count, because a ReLU follows.
  package func total(threshold: Double, isRectified: Bool = false) -> SquaredError {
    let scale = threshold / 127
    if isRectified { return positive?.error(scale: scale, codes: 127) ?? SquaredError() }
    let below = negative?.error(scale: scale, codes: 128) ?? SquaredError()
    let above = positive?.error(scale: scale, codes: 127) ?? SquaredError()
    return SquaredError(
      sum: below.sum + above.sum, saturation: below.saturation + above.saturation)
  }

  /// The sum of the squares of all finite values: what an error is compared with.
  package var power: Double { (negative?.power ?? 0) + (positive?.power ?? 0) }
}

/// A sum of squared errors.
package struct SquaredError: Sendable, Equatable {
  package var sum = 0.0
  /// The part that comes from values beyond the last code.
  package var saturation = 0.0
}

/// Running sums of count, magnitude and squared magnitude over the bins of one sign.
private struct Moments: Sendable {
  private typealias Sums = SIMD4<Double>

  private let histogram: MagnitudeHistogram
  /// By bin: what lies below it.
  private var sums: [Sums]

  init(_ histogram: MagnitudeHistogram) {
    self.histogram = histogram
    sums = []
    sums.reserveCapacity(histogram.occupied.upperBound + 1)
    var sum = Sums()
    for bin in 0..<histogram.occupied.upperBound {
      sums.append(sum)
      if histogram.counts[bin] > 0 { sum += part(of: bin, upTo: histogram.edges(of: bin).upper) }
    }
    sums.append(sum)
  }

  var power: Double { sums[histogram.occupied.upperBound][2] }

  /// What the values of `bin` below `limit`, a place within it, add to the sums.
  private func part(of bin: Int, upTo limit: Double) -> Sums {
    let (lower, upper) = histogram.edges(of: bin)
    // A bin that ends where it begins holds one magnitude only.
    let fraction = upper > lower ? min(max((limit - lower) / (upper - lower), 0), 1) : 1
    let x = min(limit, upper)
    let mass = Double(histogram.counts[bin]) * fraction
    return Sums(mass, mass * (lower + x) / 2, mass * (lower * lower + lower * x + x * x) / 3, 0)
  }

  private func below(_ limit: Double) -> Sums {
    if limit >= histogram.amax { return sums[histogram.occupied.upperBound] }
    guard let bin = histogram.bin(of: limit) else { return Sums() }
    return sums[bin] + part(of: bin, upTo: limit)
  }

  /// The squared error of rounding to multiples of `scale`, up to `codes` of them.
  func error(scale: Double, codes: Int) -> SquaredError {
    var total = 0.0
    var from = Sums()
    for code in 0..<codes {
      let level = Double(code) * scale
      let to = below(level + scale / 2)
      total += squares(to - from, around: level)
      from = to
      if level > histogram.amax { return SquaredError(sum: total) }
    }
    let level = Double(codes) * scale
    let inside = below(level)
    total += squares(inside - from, around: level)
    let saturation = squares(sums[histogram.occupied.upperBound] - inside, around: level)
    return SquaredError(sum: total + saturation, saturation: saturation)
  }

  private func squares(_ part: Sums, around level: Double) -> Double {
    max(0, part[2] - 2 * level * part[1] + level * level * part[0])
  }
}

extension MagnitudeHistogram {
  /// The bin that holds the place `magnitude`, which must be below the largest magnitude; nil below the first bin.
  fileprivate func bin(of magnitude: Double) -> Int? {
    if magnitude < layout.edge(0) { return nil }
    let linear = magnitude / layout.width
    if linear >= Double(BinLayout.binsPerBinade) {
      return min(layout.logCount + Int(linear) - BinLayout.binsPerBinade, occupied.upperBound - 1)
    }
    // Rounding to binary32 may step into the next bin, which then contributes nothing.
    return min(layout.bin(ofMagnitude: Float(magnitude).bitPattern), occupied.upperBound - 1)
  }
}
