/// The entropy method computed slowly and straight from its definition, from the raw values.
enum EntropyReference {
  /// Counts per bin of width `amax / 2048`.
  static func histogram(_ values: [Float]) -> [Double] {
    let amax = Double(values.reduce(0) { max($0, $1.magnitude) })
    var bins = [Double](repeating: 0, count: 2048)
    for value in values { bins[min(2047, Int(Double(value.magnitude) / (amax / 2048)))] += 1 }
    return bins
  }

  /// The divergence of keeping the first `candidate` bins.
  static func divergence(_ bins: [Double], _ candidate: Int) -> Double {
    var p = Array(bins[..<candidate])
    p[candidate - 1] += bins[candidate...].reduce(0, +)
    var q = [Double](repeating: 0, count: candidate)
    let width = Double(candidate) / 128
    for level in 0..<128 {
      let from = Double(level) * width
      let to = level == 127 ? Double(candidate) : Double(level + 1) * width
      func share(_ bin: Int) -> Double { min(to, Double(bin + 1)) - max(from, Double(bin)) }
      let inside = Int(from)..<min(candidate, Int(to.rounded(.up)))
      let mass = inside.reduce(0) { $0 + bins[$1] * share($1) }
      let occupied = inside.reduce(0) { $0 + (bins[$1] > 0 ? share($1) : 0) }
      for bin in inside where bins[bin] > 0 { q[bin] += share(bin) * mass / occupied }
    }
    let pSum = p.reduce(0, +)
    let qSum = q.reduce(0, +)
    var sum = 0.0
    for bin in p.indices where p[bin] > 0 {
      if q[bin] <= 0 { return .infinity }
      sum += p[bin] / pSum * logarithm((p[bin] / pSum) / (q[bin] / qSum))
    }
    return sum
  }

  /// The candidate of least divergence, the greatest of equal ones.
  static func candidate(_ bins: [Double]) -> Int {
    (128...bins.count).map { ($0, divergence(bins, $0)) }.reduce((0, .infinity)) { $1.1 <= $0.1 ? $1 : $0 }.0
  }
}

/// Symmetric INT8 applied to every value: its error beside the values themselves.
enum Int8Reference {
  static func squaredError(_ values: [Float], amax: Float) -> Double {
    let scale = amax / 127
    return values.reduce(0) { sum, value in
      let code = min(127, max(-128, (value / scale).rounded(.toNearestOrEven)))
      let error = Double(value) - Double(code) * Double(scale)
      return sum + error * error
    }
  }

  /// The ratio of the values' power to that of the error, in decibels.
  static func signalToNoise(_ values: [Float], amax: Float) -> Double {
    let power = values.reduce(0) { $0 + Double($1) * Double($1) }
    return 10 * logarithm(power / squaredError(values, amax: amax)) / logarithm(10)
  }
}
