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
  private var lastPlan: Plan?
  /// Whether each sample's extremes are added up, for the method `mean`.
  private let keepsSampleExtremes: Bool

  init(tensorCount: Int, keepsSampleExtremes: Bool = false) {
    self.keepsSampleExtremes = keepsSampleExtremes
    collectors = Array(repeating: nil, count: tensorCount)
    shapes = Array(repeating: .unknown, count: tensorCount)
    holdsFloats = Array(repeating: false, count: tensorCount)
  }

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
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

  /// Takes over statistics that were saved.
  func restore(collectors: [TensorCollector?], shapes: [ObservedShape], holdsFloats: [Bool], sampleCount: Int) {
    self.collectors = collectors
    self.shapes = shapes
    self.holdsFloats = holdsFloats
    self.sampleCount = sampleCount
    lastPlan = nil
  }

  func merge(_ other: CollectorBank) {
    sampleCount += other.sampleCount
    for index in collectors.indices {
      shapes[index].merge(other.shapes[index])
      if other.holdsFloats[index] { holdsFloats[index] = true }
      guard let part = other.collectors[index] else { continue }
      if collectors[index] == nil {
        collectors[index] = part
      } else {
        collectors[index]?.merge(part)
      }
    }
  }

  /// Works out what was not looked at because it follows from what was.
  func derive(_ tensors: [Network.ObservableTensor]) {
    for (index, tensor) in tensors.enumerated() where collectors[index] == nil {
      switch tensor.derivation {
      case .sameValues(let source)?: collectors[index] = collectors[source]
      case .relu(let source)?: collectors[index] = collectors[source]?.relu()
      case .concatenation(let sources)?: collectors[index] = concatenation(of: sources)
      case nil: break
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
