import TensorCore

/// A number type that operators compute in: `Float`, `Double` or a fixed-width integer.
///
/// Integers wrap around where a result does not fit, as ONNX's backends do.
protocol WorkNumber: Numeric, Comparable, Sendable, BitwiseCopyable {
  static func wrappingSum(_ a: Self, _ b: Self) -> Self
  static func wrappingDifference(_ a: Self, _ b: Self) -> Self
  static func wrappingProduct(_ a: Self, _ b: Self) -> Self
  /// Integers truncate toward zero; an integer divided by zero, which ONNX leaves open, yields 0.
  static func quotient(_ a: Self, _ b: Self) -> Self
  var isNotANumber: Bool { get }
  /// Not above any number of the type: -∞ or the least integer.
  static var lowest: Self { get }
  /// Not below any number of the type: +∞ or the greatest integer.
  static var highest: Self { get }
  /// The nearest value; integers truncate, saturate, and take NaN for 0.
  init(nearest value: Double)
  var asDouble: Double { get }
}

extension WorkNumber where Self: BinaryFloatingPoint {
  @inline(__always) static func wrappingSum(_ a: Self, _ b: Self) -> Self { a + b }
  @inline(__always) static func wrappingDifference(_ a: Self, _ b: Self) -> Self { a - b }
  @inline(__always) static func wrappingProduct(_ a: Self, _ b: Self) -> Self { a * b }
  @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self { a / b }
  @inline(__always) var isNotANumber: Bool { self != self }
  static var lowest: Self { -.infinity }
  static var highest: Self { .infinity }
  @inline(__always) init(nearest value: Double) { self.init(value) }
  @inline(__always) var asDouble: Double { Double(self) }
}

extension WorkNumber where Self: FixedWidthInteger {
  @inline(__always) static func wrappingSum(_ a: Self, _ b: Self) -> Self { a &+ b }
  @inline(__always) static func wrappingDifference(_ a: Self, _ b: Self) -> Self { a &- b }
  @inline(__always) static func wrappingProduct(_ a: Self, _ b: Self) -> Self { a &* b }
  @inline(__always) static func quotient(_ a: Self, _ b: Self) -> Self {
    b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
  }
  @inline(__always) var isNotANumber: Bool { false }
  static var lowest: Self { .min }
  static var highest: Self { .max }
  @inline(__always) init(nearest value: Double) {
    guard !value.isNaN else {
      self = 0
      return
    }
    let whole = value.rounded(.towardZero)
    self = Self(exactly: whole) ?? (whole < 0 ? .min : .max)
  }
  @inline(__always) var asDouble: Double { Double(self) }
}

extension Int8: WorkNumber {}
extension Int16: WorkNumber {}
extension Int32: WorkNumber {}
extension Int64: WorkNumber {}
extension UInt8: WorkNumber {}
extension UInt16: WorkNumber {}
extension UInt32: WorkNumber {}
extension UInt64: WorkNumber {}
