/// Running sums of count, magnitude and squared magnitude over the bins of one sign.
struct MagnitudeMoments: Sendable {
  private typealias Sums = SIMD4<Double>

  private let histogram: MagnitudeHistogram
  /// The width of the linear bins, and one over it.
  private let width: Double
  private let binsPerUnit: Double
  /// The bin that would begin at 0, were all bins linear.
  private let origin: Int
  /// By bin: what lies below it.
  private let sums: [Sums]

  init(_ histogram: MagnitudeHistogram) {
    self.histogram = histogram
    width = histogram.layout.width
    binsPerUnit = 1 / width
    origin = histogram.layout.logCount - BinLayout.binsPerBinade
    let bins = histogram.occupied
    unsafe sums = Array(unsafeUninitializedCapacity: bins.upperBound + 1) { sums, count in
      var sum = Sums()
      for bin in 0..<bins.lowerBound { unsafe sums.initializeElement(at: bin, to: sum) }
      // Half of the bins hold nothing, and each begins where the one before it ends.
      unsafe histogram.counts.withUnsafeBufferPointer { counts in
        var lower = histogram.layout.edge(bins.lowerBound)
        for bin in bins {
          unsafe sums.initializeElement(at: bin, to: sum)
          let upper = bin == bins.upperBound - 1 ? histogram.amax : histogram.layout.edge(bin + 1)
          if unsafe counts[bin] > 0 { sum += Self.whole(unsafe Double(counts[bin]), lower, upper) }
          lower = upper
        }
      }
      unsafe sums.initializeElement(at: bins.upperBound, to: sum)
      count = bins.upperBound + 1
    }
  }

  /// The largest magnitude.
  var amax: Double { histogram.amax }
  /// The sum of the squares.
  var power: Double { sums[histogram.occupied.upperBound][2] }

  /// What `mass` values that are spread evenly from `lower` to `upper` add to the sums.
  @inline(__always)
  private static func whole(_ mass: Double, _ lower: Double, _ upper: Double) -> Sums {
    Sums(mass, mass * (lower + upper) / 2, mass * (lower * lower + lower * upper + upper * upper) / 3, 0)
  }

  /// What the values of `bin` below `limit`, a place within it, add to the sums.
  private func part(of bin: Int, upTo limit: Double) -> Sums {
    let (lower, upper) = histogram.edges(of: bin)
    // A bin that ends where it begins holds one magnitude only.
    let fraction = upper > lower ? min(max((limit - lower) / (upper - lower), 0), 1) : 1
    let x = min(limit, upper)
    let mass = Double(histogram.counts[bin]) * fraction
    return Self.whole(mass, lower, x)
  }

  private func below(_ limit: Double) -> Sums {
    if limit >= histogram.amax { return sums[histogram.occupied.upperBound] }
    // The width is a power of two: nothing here rounds but the sums.
    let place = limit * binsPerUnit
    guard place >= Double(BinLayout.binsPerBinade) else { return belowLinearBins(limit) }
    let bin = origin + Int(place)
    // The last bin ends with the largest magnitude.
    guard bin < histogram.occupied.upperBound - 1 else {
      return sums[histogram.occupied.upperBound - 1] + part(of: histogram.occupied.upperBound - 1, upTo: limit)
    }
    let whole = place.rounded(.down)
    // Counts are whole numbers, and so is what they add to the sums: exact, and near.
    let below = sums[bin]
    let mass = (sums[bin + 1][0] - below[0]) * (place - whole)
    return below + Self.whole(mass, whole * width, limit)
  }

  private func belowLinearBins(_ limit: Double) -> Sums {
    guard limit >= histogram.layout.edge(0) else { return Sums() }
    // Rounding to binary32 may step into the next bin, which then contributes nothing.
    let bin = min(histogram.layout.bin(ofMagnitude: Float(limit).bitPattern), histogram.occupied.upperBound - 1)
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

  /// The squared error of rounding to multiples of `scale`, for every number of them from 0 to `most`.
  ///
  /// - Parameter errors: Set to the errors by the number of codes above 0. It ends where more codes change nothing.
  func errors(scale: Double, upTo most: Int, into errors: inout [SquaredError]) {
    errors.removeAll(keepingCapacity: true)
    let all = sums[histogram.occupied.upperBound]
    var total = 0.0
    var from = Sums()
    for code in 0...most {
      let level = Double(code) * scale
      let to = below(level + scale / 2)
      let beyond = squares(all - to, around: level)
      let inside = squares(to - from, around: level)
      // With this code the last one, it takes what would be nearest to those above it, too.
      errors.append(SquaredError(sum: total + squares(all - from, around: level), saturation: beyond))
      if level + scale / 2 >= histogram.amax { return }
      total += inside
      from = to
    }
  }

  private func squares(_ part: Sums, around level: Double) -> Double {
    max(0, part[2] - 2 * level * part[1] + level * level * part[0])
  }
}
