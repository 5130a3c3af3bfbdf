/// Vectors of output channels side by side: what one pixel of a register tile holds.
///
/// The last vector lies at `tail`, the others one behind the other from 0.
protocol Row {
  static var vectors: Int { get }
  init(_ source: UnsafePointer<Float>, tail: Int)
  func store(_ target: UnsafeMutablePointer<Float>, tail: Int)
  mutating func addProduct(_ x: Lanes, _ weights: Self)
  mutating func add(_ other: Self)
  mutating func scale(_ factor: Self, _ shift: Self)
  mutating func clip(_ lower: Lanes, _ upper: Lanes)
  mutating func round(_ rounded: (Lanes) -> Lanes)
}

struct Row1: Row {
  var a: Lanes
  @inline(__always) static var vectors: Int { 1 }
  @inline(__always) init(_ source: UnsafePointer<Float>, tail: Int) { a = unsafe load(source + tail) }
  @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, tail: Int) {
    unsafe write(a, target + tail)
  }
  @inline(__always) mutating func addProduct(_ x: Lanes, _ weights: Row1) { a = multiplyAdd(a, x, weights.a) }
  @inline(__always) mutating func add(_ other: Row1) { a += other.a }
  @inline(__always) mutating func scale(_ factor: Row1, _ shift: Row1) { a = a * factor.a + shift.a }
  @inline(__always) mutating func clip(_ lower: Lanes, _ upper: Lanes) { a = clipped(a, lower, upper) }
  @inline(__always) mutating func round(_ rounded: (Lanes) -> Lanes) { a = rounded(a) }
}

struct Row2: Row {
  var a, b: Lanes
  @inline(__always) static var vectors: Int { 2 }
  @inline(__always) init(_ source: UnsafePointer<Float>, tail: Int) {
    a = unsafe load(source)
    b = unsafe load(source + tail)
  }
  @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, tail: Int) {
    unsafe write(a, target)
    unsafe write(b, target + tail)
  }
  @inline(__always) mutating func addProduct(_ x: Lanes, _ weights: Row2) {
    a = multiplyAdd(a, x, weights.a)
    b = multiplyAdd(b, x, weights.b)
  }
  @inline(__always) mutating func add(_ other: Row2) {
    a += other.a
    b += other.b
  }
  @inline(__always) mutating func scale(_ factor: Row2, _ shift: Row2) {
    a = a * factor.a + shift.a
    b = b * factor.b + shift.b
  }
  @inline(__always) mutating func clip(_ lower: Lanes, _ upper: Lanes) {
    a = clipped(a, lower, upper)
    b = clipped(b, lower, upper)
  }
  @inline(__always) mutating func round(_ rounded: (Lanes) -> Lanes) {
    a = rounded(a)
    b = rounded(b)
  }
}

struct Row3: Row {
  var a, b, c: Lanes
  @inline(__always) static var vectors: Int { 3 }
  @inline(__always) init(_ source: UnsafePointer<Float>, tail: Int) {
    a = unsafe load(source)
    b = unsafe load(source + lanes)
    c = unsafe load(source + tail)
  }
  @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, tail: Int) {
    unsafe write(a, target)
    unsafe write(b, target + lanes)
    unsafe write(c, target + tail)
  }
  @inline(__always) mutating func addProduct(_ x: Lanes, _ weights: Row3) {
    a = multiplyAdd(a, x, weights.a)
    b = multiplyAdd(b, x, weights.b)
    c = multiplyAdd(c, x, weights.c)
  }
  @inline(__always) mutating func add(_ other: Row3) {
    a += other.a
    b += other.b
    c += other.c
  }
  @inline(__always) mutating func scale(_ factor: Row3, _ shift: Row3) {
    a = a * factor.a + shift.a
    b = b * factor.b + shift.b
    c = c * factor.c + shift.c
  }
  @inline(__always) mutating func clip(_ lower: Lanes, _ upper: Lanes) {
    a = clipped(a, lower, upper)
    b = clipped(b, lower, upper)
    c = clipped(c, lower, upper)
  }
  @inline(__always) mutating func round(_ rounded: (Lanes) -> Lanes) {
    a = rounded(a)
    b = rounded(b)
    c = rounded(c)
  }
}

struct Row4: Row {
  var a, b, c, d: Lanes
  @inline(__always) static var vectors: Int { 4 }
  @inline(__always) init(_ source: UnsafePointer<Float>, tail: Int) {
    a = unsafe load(source)
    b = unsafe load(source + lanes)
    c = unsafe load(source + 2 &* lanes)
    d = unsafe load(source + tail)
  }
  @inline(__always) func store(_ target: UnsafeMutablePointer<Float>, tail: Int) {
    unsafe write(a, target)
    unsafe write(b, target + lanes)
    unsafe write(c, target + 2 &* lanes)
    unsafe write(d, target + tail)
  }
  @inline(__always) mutating func addProduct(_ x: Lanes, _ weights: Row4) {
    a = multiplyAdd(a, x, weights.a)
    b = multiplyAdd(b, x, weights.b)
    c = multiplyAdd(c, x, weights.c)
    d = multiplyAdd(d, x, weights.d)
  }
  @inline(__always) mutating func add(_ other: Row4) {
    a += other.a
    b += other.b
    c += other.c
    d += other.d
  }
  @inline(__always) mutating func scale(_ factor: Row4, _ shift: Row4) {
    a = a * factor.a + shift.a
    b = b * factor.b + shift.b
    c = c * factor.c + shift.c
    d = d * factor.d + shift.d
  }
  @inline(__always) mutating func clip(_ lower: Lanes, _ upper: Lanes) {
    a = clipped(a, lower, upper)
    b = clipped(b, lower, upper)
    c = clipped(c, lower, upper)
    d = clipped(d, lower, upper)
  }
  @inline(__always) mutating func round(_ rounded: (Lanes) -> Lanes) {
    a = rounded(a)
    b = rounded(b)
    c = rounded(c)
    d = rounded(d)
  }
}

/// `store(_:_:)` under a name that the rows' own method does not hide.
@inline(__always)
private func write(_ values: Lanes, _ target: UnsafeMutablePointer<Float>) { unsafe store(values, target) }
