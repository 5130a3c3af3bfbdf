import Calibration
import Executor
import TensorCore

/// The statistics of every tensor that one worker has seen.
final class CollectorBank: TensorObserver {
  /// By index into ``Network/tensors``; nil where nothing was seen.
  private(set) var collectors: [TensorCollector?]
  private(set) var shapes: [ObservedShape]
  /// Whether the tensor was ever seen to hold floats.
  private(set) var holdsFloats: [Bool]
  private(set) var sampleCount = 0
  /// Weak: statistics outlive the plans that they come from, and these hold all weights.
  private weak var lastPlan: Plan?
  /// Whether each sample's extremes are added up, for the method `mean`.
  private let keepsSampleExtremes: Bool
  /// What is gathered along with a tensor, by tensor.
  private let clipped: [Int: ClippedTensor]
  /// The statistics of these pairs, until they are divided.
  private var pairs: [Int: ClippedCollector] = [:]

  /// - Parameter clipped: See ``Network/clipped(in:)``; empty where samples' extremes are kept.
  init(tensorCount: Int, keepsSampleExtremes: Bool = false, clipped: [Int: ClippedTensor] = [:]) {
    precondition(clipped.isEmpty || !keepsSampleExtremes, "extremes of samples are those of tensors that are looked at")
    self.keepsSampleExtremes = keepsSampleExtremes
    self.clipped = clipped
    collectors = Array(repeating: nil, count: tensorCount)
    shapes = Array(repeating: .unknown, count: tensorCount)
    holdsFloats = Array(repeating: false, count: tensorCount)
  }

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
    if let clip = clipped[tensor] {
      unsafe pairs[tensor, default: ClippedCollector(limit: clip.upper)].collect(values, sample: sample)
      return
    }
    if collectors[tensor] == nil { collectors[tensor] = TensorCollector() }
    // In place: taking the collector out and putting it back would copy its tables.
    unsafe collectors[tensor]?.collect(values, sample: sample)
    guard keepsSampleExtremes else { return }
    var extremes = collectors[tensor]?.sampleExtremes ?? SampleExtremes()
    unsafe extremes.add(values)
    collectors[tensor]?.sampleExtremes = extremes
  }

  /// Notes that `session` has run one sample.
  func finishSample(_ session: Session) {
    sampleCount += 1
    guard lastPlan !== session.plan else { return }
    lastPlan = session.plan
    for index in shapes.indices {
      shapes[index].add(session.plan.type(of: index)?.shape)
      if session.elementType(ofTensor: index)?.isFloatingPoint ?? false { holdsFloats[index] = true }
    }
  }

  /// Gives each tensor of a pair that was gathered together a collector of its own. To be called before these are read.
  func settle() {
    for (source, pair) in pairs {
      guard let clip = clipped[source] else { continue }
      add(pair.whole, to: source)
      add(pair.clipped, to: clip.tensor)
    }
    pairs = [:]
  }

  /// Gives a tensor's statistics away. To be called once for each tensor, by ascending index: a pair lasts until both have
  /// been taken.
  func take(_ index: Int) -> TensorCollector? {
    if let pair = pairs[index] { add(pair.whole, to: index) }
    let source = clipped.first { $0.value.tensor == index }?.key
    if let source, let pair = pairs.removeValue(forKey: source) { add(pair.clipped, to: index) }
    defer { collectors[index] = nil }
    return collectors[index]
  }

  /// Adds statistics of a tensor.
  func add(_ part: TensorCollector, to index: Int) {
    if collectors[index] == nil {
      collectors[index] = part
    } else {
      collectors[index]?.merge(part)
    }
  }

  /// Takes over statistics that were saved.
  func restore(collectors: [TensorCollector?], shapes: [ObservedShape], holdsFloats: [Bool], sampleCount: Int) {
    self.collectors = collectors
    self.shapes = shapes
    self.holdsFloats = holdsFloats
    self.sampleCount = sampleCount
    lastPlan = nil
  }

  func merge(_ other: CollectorBank) {
    settle()
    other.settle()
    mergeTypes(other)
    for index in collectors.indices { if let part = other.collectors[index] { add(part, to: index) } }
  }

  /// Adds everything that `other` has met but for the tensors' values.
  func mergeTypes(_ other: CollectorBank) {
    sampleCount += other.sampleCount
    for index in shapes.indices {
      shapes[index].merge(other.shapes[index])
      if other.holdsFloats[index] { holdsFloats[index] = true }
    }
  }

  /// Works out what was not looked at because it follows from what was.
  func derive(_ tensors: [Network.ObservableTensor]) {
    settle()
    for (index, tensor) in tensors.enumerated() where collectors[index] == nil {
      switch tensor.derivation {
      case .sameValues(let source)?: collectors[index] = collectors[source]
      case .relu(let source)?: collectors[index] = collectors[source]?.relu()
      case .concatenation(let sources)?: collectors[index] = concatenation(of: sources)
      // Gathered with its source, if that was looked at.
      case .clip?, nil: break
      }
    }
  }

  private func concatenation(of sources: [Int]) -> TensorCollector? {
    var result = TensorCollector()
    for source in sources {
      guard let part = collectors[source] else { return nil }
      result.merge(part)
    }
    return result
  }
}
