import Reporting

/// A small calibration with one tensor of each kind, its names as hostile as names can be. Every figure is written out,
/// so that no machine's arithmetic shows in the snapshots.
enum Example {
  static let hostileName = "</td><script>alert('\u{301}&\"\u{301} onload=x|`\u{1b}[31m\u{202e}*_#@a"

  static var input: CalibrationReportInput {
    CalibrationReportInput(
      toolVersion: "0.1.0", modelName: "small.onnx", modelSHA256: String(repeating: "0123456789abcdef", count: 4),
      dataName: "data/calibration.csv", sampleCount: 500,
      skipped: [.init("images/<b>.jpg", reason: "expected a whole JPEG, found damage")],
      preprocessing: "resize 32 x 32 (bilinear)\nscale 1/255", method: "percentile",
      parameters: [("percentile", "99.99")],
      kernelClass: "x86-64 AVX2, BLAS core Haswell", seconds: 75, tensors: [signed, rectified, dead, hostile])
  }

  static var document: ReportDocument { CalibrationReport.document(input) }

  private static let signed = CalibratedTensor(
    name: "input", producer: nil, opType: nil, shape: "N x 3 x 32 x 32", min: -2, max: 1.5, smallest: 0.25, amax: 2,
    threshold: 1.75, scale: 1.75 / 127, method: "percentile", clippedShare: 0.02, zerosShare: 0, valueCount: 1_536_000,
    histogram: HistogramBars(.linear, edges: [-2, -1, 0, 1, 2], counts: [20, 700_000, 800_000, 35_980]),
    minSample: "images/1.jpg", maxSample: "images/2.jpg")

  private static let rectified = CalibratedTensor(
    name: "relu", producer: "/block/relu", opType: "Relu", shape: "N x 16 x 16 x 16", min: 0, max: 40, smallest: 0.005,
    amax: 40, threshold: 25.5, scale: 25.5 / 127, method: "percentile", clippedShare: 0.0001, zerosShare: 0.5,
    valueCount: 2_048_000, notes: ["bounded by the operator"],
    histogram: HistogramBars(.logarithmic, edges: [0.004, 0.04, 0.4, 4, 40], counts: [12, 0, 1_000_000, 23_988]),
    minSample: "images/1.jpg", maxSample: "images/9.jpg")

  private static let dead = CalibratedTensor(
    name: "dead", producer: "/block/mul", opType: "Mul", shape: "N x 16", min: 0, max: 0, smallest: nil, amax: 0,
    threshold: nil, scale: nil, method: "percentile", clippedShare: 0, zerosShare: 1, valueCount: 8000,
    isDead: true, notes: ["all values are 0"])

  private static let hostile = CalibratedTensor(
    name: hostileName, producer: hostileName, opType: "Exp<T>", shape: "N x ?", min: nil, max: nil, smallest: nil,
    amax: 0, threshold: .nan, scale: .infinity, method: "percentile", clippedShare: 0, zerosShare: 0, valueCount: 19,
    nanCount: 17, infinityCount: 2, notes: [hostileName])
}
