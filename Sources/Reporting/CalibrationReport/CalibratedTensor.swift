/// What the calibration report says about one tensor. Figures in the tensor's own unit.
package struct CalibratedTensor: Sendable {
  /// The name in the network.
  package var name: String
  /// The node that makes the tensor and its operator; nil for an input of the network.
  package var producer: String?
  package var opType: String?
  /// Such as `N x 3 x 224 x 224`.
  package var shape: String
  /// The finite extremes; nil where no finite value was seen.
  package var min: Float?
  package var max: Float?
  /// The smallest magnitude besides zero; nil where there is none.
  package var smallest: Float?
  /// The largest finite magnitude; 0 where there is none.
  package var amax: Float
  /// The end of the chosen range: `threshold / 127` is the scale. Nil where there is no range.
  package var threshold: Float?
  package var scale: Float?
  package var method: String
  /// Which share of the finite values lies beyond the threshold, and which share is exactly zero; 0 … 1.
  package var clippedShare: Double
  package var zerosShare: Double
  /// How many values were seen, of them NaN and infinite ones.
  package var valueCount: UInt64
  package var nanCount: UInt64
  package var infinityCount: UInt64
  /// Whether the values allow no range, such as when all are 0; ``notes`` says why. A scale is a stand-in then.
  package var isDead: Bool
  package var notes: [String]
  package var histogram: HistogramBars?
  /// The first samples in which ``min`` and ``max`` occur.
  package var minSample: String?
  package var maxSample: String?

  package init(
    name: String, producer: String?, opType: String?, shape: String, min: Float?, max: Float?, smallest: Float?,
    amax: Float, threshold: Float?, scale: Float?, method: String, clippedShare: Double, zerosShare: Double,
    valueCount: UInt64, nanCount: UInt64 = 0, infinityCount: UInt64 = 0, isDead: Bool = false,
    notes: [String] = [],
    histogram: HistogramBars? = nil, minSample: String? = nil, maxSample: String? = nil
  ) {
    self.name = name
    self.producer = producer
    self.opType = opType
    self.shape = shape
    self.min = min
    self.max = max
    self.smallest = smallest
    self.amax = amax
    self.threshold = threshold
    self.scale = scale
    self.method = method
    self.clippedShare = clippedShare
    self.zerosShare = zerosShare
    self.valueCount = valueCount
    self.nanCount = nanCount
    self.infinityCount = infinityCount
    self.isDead = isDead
    self.notes = notes
    self.histogram = histogram
    self.minSample = minSample
    self.maxSample = maxSample
  }

  /// Whether a builder can use the scale: a finite number above zero.
  package var hasUsableScale: Bool { scale.map { $0.isFinite && $0 > 0 } ?? false }
}
