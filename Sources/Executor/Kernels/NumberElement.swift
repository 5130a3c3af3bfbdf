import TensorCore

/// An element type that holds numbers, and the type in which operators compute with them.
///
/// Half-width floats are computed in `Float` and rounded once, when they are stored.
protocol NumberElement: TensorElement {
  associatedtype Work: WorkNumber
  init(work: Work)
  var work: Work { get }
}

/// An element type that holds floating-point numbers.
protocol RealElement: NumberElement where Work: Real {}

extension NumberElement where Work == Self {
  @inline(__always) init(work: Self) { self = work }
  @inline(__always) var work: Self { self }
}

extension Float: RealElement { typealias Work = Float }
extension Double: RealElement { typealias Work = Double }
extension Int8: NumberElement { typealias Work = Int8 }
extension Int16: NumberElement { typealias Work = Int16 }
extension Int32: NumberElement { typealias Work = Int32 }
extension Int64: NumberElement { typealias Work = Int64 }
extension UInt8: NumberElement { typealias Work = UInt8 }
extension UInt16: NumberElement { typealias Work = UInt16 }
extension UInt32: NumberElement { typealias Work = UInt32 }
extension UInt64: NumberElement { typealias Work = UInt64 }

extension Float16: RealElement {
  @inline(__always) init(work: Float) { self.init(work) }
  @inline(__always) var work: Float { Float(self) }
}

extension BFloat16: RealElement {
  @inline(__always) init(work: Float) { self.init(work) }
  @inline(__always) var work: Float { Float(self) }
}
