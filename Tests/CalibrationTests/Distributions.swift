import Testing

/// A kind of tensor: what one of its values is drawn from.
struct Distribution: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let draw: @Sendable (inout SplitMix) -> Double

  init(_ name: String, _ draw: @escaping @Sendable (inout SplitMix) -> Double) {
    testDescription = name
    self.draw = draw
  }

  static let all: [Distribution] = [
    Distribution("normal") { $0.normal() },
    Distribution("normal behind a ReLU") { max(0, $0.normal()) },
    Distribution("Laplace") { ($0.unit() < 0.5 ? -1 : 1) * $0.exponential() },
    Distribution("exponential") { $0.exponential() },
    Distribution("uniform") { 2 * $0.unit() - 1 },
    Distribution("two humps") { ($0.unit() < 0.5 ? -3 : 3) + 0.5 * $0.normal() },
    Distribution("normal behind a sigmoid") { 1 / (1 + exponential(-3 * $0.normal())) },
    Distribution("normal behind a ReLU6") { min(6, max(0, 3 * $0.normal())) },
    Distribution("normal behind a SiLU") {
      let x = 2 * $0.normal()
      return x / (1 + exponential(-x))
    },
    Distribution("mostly zero") { $0.unit() < 0.9 ? 0 : abs($0.normal()) },
    Distribution("log-normal") { exponential($0.normal()) },
    Distribution("normal with rare outliers") { $0.unit() < 1e-4 ? 100 * $0.unit() : $0.normal() },
  ]

  /// Distributions of which at least half is zero.
  static let mostlyZero: [Distribution] = [
    Distribution("normal behind a ReLU") { max(0, $0.normal()) },
    Distribution("Laplace behind a ReLU") { $0.unit() < 0.5 ? 0 : $0.exponential() },
    Distribution("shifted normal behind a ReLU") { max(0, $0.normal() - 1) },
    Distribution("uniform behind a ReLU") { max(0, 2 * $0.unit() - 1) },
    Distribution("normal behind a ReLU6") { min(6, max(0, 3 * $0.normal())) },
    Distribution("nine tenths zero") { $0.unit() < 0.9 ? 0 : abs($0.normal()) },
    Distribution("log-normal, half zero") { $0.unit() < 0.5 ? 0 : exponential($0.normal()) },
    Distribution("heavy tail, half zero") { $0.unit() < 0.5 ? 0 : abs($0.normal() / ($0.unit() + 1e-3)) },
  ]

  /// Values scaled so that the largest magnitude is `amax`.
  func values(_ count: Int, amax: Double, seed: UInt64) -> [Float] {
    var random = SplitMix(seed: seed)
    let raw = (0..<count).map { _ in draw(&random) }
    let largest = raw.reduce(0) { max($0, abs($1)) }
    return raw.map { Float($0 / largest * amax) }
  }
}
