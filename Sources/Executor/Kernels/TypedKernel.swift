import TensorCore

/// A kernel whose code is made for every floating-point type of its input 0.
protocol RealKernel: Kernel {
  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError)
}

extension RealKernel {
  @inline(__always)
  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    switch x.elementType {
    case .float32: try run(&frame, Float.self)
    case .float64: try run(&frame, Double.self)
    case .float16: try run(&frame, Float16.self)
    case .bfloat16: try run(&frame, BFloat16.self)
    default: throw OperatorError(frame.node, .input(0, expected: "floating-point numbers", found: "\(x.type)"))
    }
  }
}

/// A kernel whose code is made for every type of numbers of its input 0.
protocol NumberKernel: Kernel {
  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError)
}

extension NumberKernel {
  @inline(__always)
  func run(_ frame: inout Frame) throws(OperatorError) { try runNumbers(&frame) }

  /// Code of its own for the types that networks compute in; the others, which are rare, share code that is generic when it
  /// runs.
  @inline(__always)
  func runNumbers(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    switch x.elementType {
    case .float32: try run(&frame, Float.self)
    case .float64: try run(&frame, Double.self)
    case .float16: try run(&frame, Float16.self)
    case .bfloat16: try run(&frame, BFloat16.self)
    case .int8: try run(&frame, Int8.self)
    case .int32: try run(&frame, Int32.self)
    case .int64: try run(&frame, Int64.self)
    case .uint8: try run(&frame, UInt8.self)
    case .int16, .uint16, .uint32, .uint64: try run(&frame, rareType(x.elementType))
    case .bool: throw OperatorError(frame.node, .input(0, expected: "numbers", found: "\(x.type)"))
    }
  }
}

/// The Swift type of elements of a rare type. Not inlined, so that the compiler makes no code for each.
@inline(never)
private func rareType(_ type: ElementType) -> any NumberElement.Type {
  switch type {
  case .int16: Int16.self
  case .uint16: UInt16.self
  case .uint32: UInt32.self
  default: UInt64.self
  }
}

/// A kernel whose code is made for every type of integers of its input 0.
protocol IntegerKernel: Kernel {
  func run<Element: NumberElement & FixedWidthInteger>(
    _ frame: inout Frame, _ type: Element.Type
  ) throws(OperatorError)
}

extension IntegerKernel {
  @inline(__always)
  func run(_ frame: inout Frame) throws(OperatorError) {
    let x = try frame.input(0)
    switch x.elementType {
    case .int8: try run(&frame, Int8.self)
    case .int16: try run(&frame, Int16.self)
    case .int32: try run(&frame, Int32.self)
    case .int64: try run(&frame, Int64.self)
    case .uint8: try run(&frame, UInt8.self)
    case .uint16: try run(&frame, UInt16.self)
    case .uint32: try run(&frame, UInt32.self)
    case .uint64: try run(&frame, UInt64.self)
    default: throw OperatorError(frame.node, .input(0, expected: "integers", found: "\(x.type)"))
    }
  }
}

/// A kernel that moves elements without looking at them: code for each width.
protocol MovingKernel: Kernel {
  /// The input whose elements are moved.
  var movedInput: Int { get }
  func run<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ frame: inout Frame, _ bits: Bits.Type
  ) throws(OperatorError)
}

extension MovingKernel {
  var movedInput: Int { 0 }

  @inline(__always)
  func run(_ frame: inout Frame) throws(OperatorError) {
    switch try frame.input(movedInput).elementType.byteCount {
    case 1: try run(&frame, UInt8.self)
    case 2: try run(&frame, UInt16.self)
    case 4: try run(&frame, UInt32.self)
    default: try run(&frame, UInt64.self)
    }
  }
}
