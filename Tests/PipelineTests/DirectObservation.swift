import Calibration
import Executor
import TensorCore

/// Looks at every tensor, those too whose statistics would follow from others.
final class DirectObserver: TensorObserver {
  private(set) var collectors: [TensorCollector]
  /// The values by tensor, of all samples one after the other; kept only where asked for.
  private(set) var values: [[Float]]
  private let keepsValues: Bool

  init(tensorCount: Int, keepsValues: Bool = false) {
    collectors = Array(repeating: TensorCollector(), count: tensorCount)
    values = Array(repeating: [], count: tensorCount)
    self.keepsValues = keepsValues
  }

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
    unsafe collectors[tensor].collect(values, sample: sample)
    if keepsValues { unsafe self.values[tensor] += values }
  }
}

extension Network {
  /// Runs samples one after the other, in the order of their ranks, and looks at every tensor or at those of `chosen`.
  func observeDirectly(
    _ samples: [Tensor], keepsValues: Bool = false, chosen: Set<Int>? = nil, policy: NumericPolicy = NumericPolicy()
  ) throws -> DirectObserver {
    let observer = DirectObserver(tensorCount: tensors.count, keepsValues: keepsValues)
    guard let first = samples.first else { return observer }
    let session = Session(
      try plan(for: [first.type], policy: policy, observing: .only(chosen ?? Set(tensors.indices))))
    for (rank, sample) in samples.enumerated() {
      session.load([sample])
      try session.run(sample: rank, observer: observer)
    }
    return observer
  }
}

extension Tensor {
  /// The parts along the first axis of a float32 tensor, each with a first axis of 1.
  var parts: [Tensor] {
    let values = array(of: Float.self)
    let shape = Shape([1] + self.shape.dimensions.dropFirst())
    return stride(from: 0, to: values.count, by: shape.count).map {
      Tensor(Array(values[$0..<$0 + shape.count]), shape: shape)
    }
  }
}
