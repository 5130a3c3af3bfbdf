import TensorCore

/// The elements of one line of a tensor, widened to the type that operators compute in.
@safe
struct NumberRow<Element: NumberElement> {
  private let start: UnsafePointer<Element>
  let count: Int
  private let step: Int

  init(_ start: UnsafePointer<Element>, count: Int, step: Int) {
    unsafe self.start = unsafe start
    self.count = count
    self.step = step
  }

  /// The line of `elements` at `inner` of the block `outer`.
  @inline(__always)
  init(_ elements: Elements<Element>, _ rows: RowSpace, _ outer: Int, _ inner: Int) {
    unsafe self.init(elements.base + rows.start(outer, inner), count: rows.count, step: rows.inner)
  }

  @inline(__always) subscript(index: Int) -> Element.Work { unsafe start[index &* step].work }

  /// Combines the elements in eight lanes and then the lanes: the order depends on nothing but the count.
  @inline(__always)
  func fold(
    _ neutral: Element.Work, _ element: (Element.Work) -> Element.Work,
    _ combine: (Element.Work, Element.Work) -> Element.Work
  ) -> Element.Work {
    var (a, b, c, d) = (neutral, neutral, neutral, neutral)
    var (e, f, g, h) = (neutral, neutral, neutral, neutral)
    var i = 0
    while i &+ 8 <= count {
      a = combine(a, element(self[i]))
      b = combine(b, element(self[i &+ 1]))
      c = combine(c, element(self[i &+ 2]))
      d = combine(d, element(self[i &+ 3]))
      e = combine(e, element(self[i &+ 4]))
      f = combine(f, element(self[i &+ 5]))
      g = combine(g, element(self[i &+ 6]))
      h = combine(h, element(self[i &+ 7]))
      i &+= 8
    }
    while i < count {
      a = combine(a, element(self[i]))
      i &+= 1
    }
    return combine(combine(combine(a, e), combine(b, f)), combine(combine(c, g), combine(d, h)))
  }
}

/// What a row of numbers is reduced to: elements are looked at alone, combined in any order, and finished.
protocol ReductionRule: Sendable {
  static func neutral<Number: WorkNumber>(_ type: Number.Type) -> Number
  static func element<Number: WorkNumber>(_ x: Number) -> Number
  static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number
  static func finish<Number: WorkNumber>(_ total: Number, count: Int) -> Number
  static func reduce<Element: NumberElement>(_ row: NumberRow<Element>) -> Element.Work
  /// Whether ``reduce(_:)`` is nothing but the above.
  static var isFold: Bool { get }
  /// Whether truth values are reduced too, as bytes.
  static var acceptsBool: Bool { get }
}

extension ReductionRule {
  @inline(__always) static func neutral<Number: WorkNumber>(_ type: Number.Type) -> Number { 0 }
  @inline(__always) static func element<Number: WorkNumber>(_ x: Number) -> Number { x }
  @inline(__always) static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number {
    Number.wrappingSum(a, b)
  }
  @inline(__always) static func finish<Number: WorkNumber>(_ total: Number, count: Int) -> Number { total }
  @inline(__always)
  static func reduce<Element: NumberElement>(_ row: NumberRow<Element>) -> Element.Work {
    finish(row.fold(neutral(Element.Work.self), { element($0) }) { combine($0, $1) }, count: row.count)
  }
  static var isFold: Bool { true }
  static var acceptsBool: Bool { false }
}

/// The sum; 0 of nothing.
enum SumRule: ReductionRule {}

/// The mean; NaN of nothing, or 0 for integers.
enum MeanRule: ReductionRule {
  @inline(__always) static func finish<Number: WorkNumber>(_ total: Number, count: Int) -> Number {
    if let divisor = Number(exactly: count) { return Number.quotient(total, divisor) }
    return Number(nearest: total.asDouble / Double(count))
  }
}

/// The largest; the type's lowest value of nothing.
enum MaximumRule: ReductionRule {
  static var acceptsBool: Bool { true }
  @inline(__always) static func neutral<Number: WorkNumber>(_ type: Number.Type) -> Number { Number.lowest }
  // Where `a` is NaN it stays, where `b` is NaN it is taken.
  @inline(__always) static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number {
    a > b || a.isNotANumber ? a : b
  }
}

/// The smallest; the type's highest value of nothing.
enum MinimumRule: ReductionRule {
  static var acceptsBool: Bool { true }
  @inline(__always) static func neutral<Number: WorkNumber>(_ type: Number.Type) -> Number { Number.highest }
  @inline(__always) static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number {
    a < b || a.isNotANumber ? a : b
  }
}

/// The product; 1 of nothing.
enum ProductRule: ReductionRule {
  @inline(__always) static func neutral<Number: WorkNumber>(_ type: Number.Type) -> Number { 1 }
  @inline(__always) static func combine<Number: WorkNumber>(_ a: Number, _ b: Number) -> Number {
    Number.wrappingProduct(a, b)
  }
}

/// The sum of magnitudes.
enum L1Rule: ReductionRule {
  @inline(__always) static func element<Number: WorkNumber>(_ x: Number) -> Number {
    x < 0 ? Number.wrappingDifference(0, x) : x
  }
}

/// The sum of squares.
enum SumSquareRule: ReductionRule {
  @inline(__always) static func element<Number: WorkNumber>(_ x: Number) -> Number { Number.wrappingProduct(x, x) }
}

/// The root of the sum of squares.
enum L2Rule: ReductionRule {
  @inline(__always) static func element<Number: WorkNumber>(_ x: Number) -> Number { Number.wrappingProduct(x, x) }
  @inline(__always) static func finish<Number: WorkNumber>(_ total: Number, count: Int) -> Number {
    Number(nearest: total.asDouble.squareRoot())
  }
}

/// The logarithm of the sum; -∞ of nothing.
enum LogSumRule: ReductionRule {
  @inline(__always) static func finish<Number: WorkNumber>(_ total: Number, count: Int) -> Number {
    Number(nearest: Double.log(total.asDouble))
  }
}

/// The logarithm of the sum of exponentials, which does not overflow; -∞ of nothing.
enum LogSumExpRule: ReductionRule {
  static var isFold: Bool { false }
  static func reduce<Element: NumberElement>(_ row: NumberRow<Element>) -> Element.Work {
    let largest = row.count == 0 ? -Double.infinity : MaximumRule.reduce(row).asDouble
    guard largest.isFinite else { return Element.Work(nearest: largest) }
    var total = 0.0
    for i in 0..<row.count { total += Double.exp(row[i].asDouble - largest) }
    return Element.Work(nearest: largest + Double.log(total))
  }
}
