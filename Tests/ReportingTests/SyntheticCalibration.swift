import Foundation
import Reporting

/// A calibration of a made-up residual network; the same for the same seed.
enum SyntheticCalibration {
  static func input(tensors count: Int, seed: UInt64, values: Int = 20_000) -> CalibrationReportInput {
    var random = SplitMix(seed: seed)
    let tensors = (0..<count).map { tensor($0, values: values, &random) }
    return CalibrationReportInput(
      toolVersion: "0.1.0", modelName: "residual_\(count).onnx",
      modelSHA256: "9f2c7a41d0e8b35566c1f0aa7be4d2c83917e05b64f8a2d19c3e7b50a86d4f12",
      dataName: "Datasets/example/calibration.csv", sampleCount: 498,
      skipped: [
        .init("images/0231.jpg", reason: "expected a whole JPEG, found damage (premature end)"),
        .init("images/0477.jpg", reason: "expected an image of at least 224 x 224, found 96 x 64"),
      ],
      preprocessing: "resize short side to 256 (bilinear, antialiased)\ncrop centre 224 x 224\nRGB, scale 1/255, "
        + "mean 0.485 0.456 0.406, std 0.229 0.224 0.225, NCHW",
      method: "entropy", parameters: [("bins", "2048"), ("levels", "128"), ("zeros", "neighbour")],
      kernelClass: "x86-64 AVX-512, BLAS core SkylakeX", seconds: 41.3, tensors: tensors)
  }

  private static func tensor(_ index: Int, values count: Int, _ random: inout SplitMix) -> CalibratedTensor {
    let operators = ["Conv", "Relu", "Conv", "Add", "Relu", "Conv", "Clip", "GlobalAveragePool", "Sigmoid", "Mul"]
    let op = index == 0 ? nil : operators[index % operators.count]
    let spread = Float(pow(10, Double.random(in: -1.2...1.1, using: &random)))
    let tail = Float.random(in: 1...2.2, using: &random)
    let isDead = index == 23
    let isRectified = op == "Relu" || op == "Clip"
    var values = (0..<count).map { _ in
      let normal = Float(random.normal())
      return isDead ? 0 : (normal < 0 ? -1 : 1) * pow(normal.magnitude, tail) * spread
    }
    if isRectified { values = values.map { max($0, 0) } }
    if op == "Sigmoid" { values = values.map { 1 / (1 + exp(-$0)) } }
    let magnitudes = values.map(\.magnitude).filter { $0 > 0 }.sorted()
    let amax = magnitudes.last ?? 0
    let threshold = magnitudes.isEmpty ? 0 : magnitudes[Int(Double(magnitudes.count - 1) * 0.9995)]
    let stage = "/layer\(1 + index / 16)/block\(index / 4 % 4)"
    let name = op.map { "\(stage)/\($0.lowercased())\(index)/\($0)_output_0" } ?? "input"
    return CalibratedTensor(
      name: name, producer: op.map { "\(stage)/\($0.lowercased())\(index)" }, opType: op,
      shape: index == 0
        ? "N x 3 x 224 x 224" : "N x \(16 << (index / 16)) x \(112 >> (index / 16)) x \(112 >> (index / 16))",
      min: values.min(), max: values.max(), smallest: magnitudes.first, amax: amax, threshold: isDead ? nil : threshold,
      scale: isDead ? nil : threshold / 127, method: "entropy",
      clippedShare: Double(magnitudes.count { $0 > threshold }) / Double(count),
      zerosShare: Double(count - magnitudes.count) / Double(count), valueCount: UInt64(count) * 498,
      nanCount: index == 41 ? 17 : 0, infinityCount: index == 41 ? 2 : 0, isDead: isDead,
      notes: isDead ? ["all values are 0"] : op == "Sigmoid" ? ["bounded by the operator"] : [],
      histogram: bars(values, isSigned: !isRectified && op != "Sigmoid"),
      minSample: "images/\(100 + index * 7 % 400).jpg", maxSample: "images/\(100 + index * 13 % 400).jpg")
  }

  private static func bars(_ values: [Float], isSigned: Bool) -> HistogramBars? {
    let amax = Double(values.lazy.map(\.magnitude).max() ?? 0)
    guard amax > 0 else { return nil }
    let count = isSigned ? 200 : 160
    let edges = (0...count).map { index in
      let place = Double(index) / Double(count)
      return isSigned ? amax * (2 * place - 1) : amax * pow(10, -5 * (1 - place))
    }
    var counts = [UInt64](repeating: 0, count: count)
    for value in values where isSigned || value > 0 {
      let x = Double(value)
      let place = isSigned ? (x / amax + 1) / 2 : 1 + log10(x / amax) / 5
      if place >= 0 { counts[min(Int(place * Double(count)), count - 1)] += 498 }
    }
    return HistogramBars(isSigned ? .linear : .logarithmic, edges: edges, counts: counts)
  }
}

/// The SplitMix64 generator.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A value of the standard normal distribution.
  mutating func normal() -> Double {
    let u = Double.random(in: Double.leastNormalMagnitude...1, using: &self)
    return (-2 * log(u)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
}
