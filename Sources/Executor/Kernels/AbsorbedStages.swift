import KernelInterface
import TensorCore

/// A kernel that can run stages on its results while they are in the fastest cache.
protocol EpilogueKernel: Kernel {
  var stages: AbsorbedStages { get set }
  func canAbsorb(_ stages: AbsorbedStages) -> Bool
}

/// The stages that a kernel runs itself, in the order in which ``Epilogue`` applies them.
struct AbsorbedStages: Sendable {
  private(set) var scale: [Float]?
  private(set) var shift: [Float]?
  /// Whether scale and shift are a bias along the last axis.
  private(set) var isBias = false
  /// The input of the frame that is added.
  private(set) var residual: Int?
  private(set) var lower = -Float.infinity
  private(set) var upper = Float.infinity
  /// What the results are rounded to at last; after it no stage may follow.
  private(set) var rounding = ValueRounding.none
  private var last = 0

  /// Takes one more stage up; false where it comes in an order that the epilogue does not know.
  mutating func append(_ stage: StageKind, residual input: Int) -> Bool {
    guard rounding == .none else { return false }
    switch stage {
    case .affine(let scale, let shift) where last < 1:
      (self.scale, self.shift) = (scale, shift)
      last = 1
    case .bias(let shift) where last < 1:
      // Multiplying by 1 is exact.
      (scale, self.shift, isBias) = (Array(repeating: 1, count: shift.count), shift, true)
      last = 1
    case .add where last < 2:
      residual = input
      last = 2
    case .clip(let lower, let upper) where last < 3:
      (self.lower, self.upper) = (lower, upper)
      last = 3
    default: return false
    }
    return true
  }

  /// Takes the rounding of the results up; false where they are rounded already.
  mutating func append(_ rounding: ValueRounding) -> Bool {
    guard self.rounding == .none else { return false }
    self.rounding = rounding
    return true
  }

  /// Gives `body` the epilogue with pointers into the arrays and into `frame`.
  func withEpilogue(_ frame: Frame, _ body: (Epilogue) -> Void) throws(OperatorError) {
    var epilogue = Epilogue()
    epilogue.lower = lower
    epilogue.upper = upper
    epilogue.rounding = rounding
    if let residual {
      unsafe epilogue.residual = unsafe UnsafePointer(try frame.input(residual).elements(as: Float.self).baseAddress)
    }
    guard let scale, let shift else { return body(epilogue) }
    unsafe scale.withUnsafeBufferPointer { scale in
      unsafe shift.withUnsafeBufferPointer { shift in
        unsafe epilogue.scale = scale.baseAddress
        unsafe epilogue.shift = shift.baseAddress
        body(epilogue)
      }
    }
  }
}

extension Epilogue {
  /// The same for the channels from `channel` on.
  func shifted(by channel: Int) -> Epilogue {
    var result = self
    unsafe result.scale = unsafe scale.map { unsafe $0 + channel }
    unsafe result.shift = unsafe shift.map { unsafe $0 + channel }
    unsafe result.residual = unsafe residual.map { unsafe $0 + channel }
    return result
  }
}
