import KernelInterface
import Kernels
import TensorCore

/// An operator `y = f(x)` with the same `f` for every element of a floating-point tensor.
///
/// NaN goes through `f` like any number, and comes out NaN.
protocol ElementwiseOperator: Operator, RealKernel {
  func callAsFunction<Number: Real>(_ x: Number) -> Number
  /// The same for many float32 at a time, where there is such a kernel.
  func vectorized(_ table: KernelTable) -> KernelTable.ElementFunction?
}

extension ElementwiseOperator {
  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(try operands.real(0).type, inPlace: 0)
  }

  func vectorized(_ table: KernelTable) -> KernelTable.ElementFunction? { nil }

  func channelsLast(for operands: Operands) -> ChannelsLastForm? { .elementwise(self) }

  @inline(__always)
  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    if Element.self == Float.self, let function = unsafe vectorized(KernelLibrary.current) {
      let x = try frame.input(0).values(of: Float.self), y = frame.outputs[0].values(of: Float.self)
      unsafe function(x.base, y.base, y.count)
      return
    }
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    map(x, to: y) { Element(work: self($0.work)) }
  }
}

/// An operator `y = f(x)` with the same `f` for every element of a tensor of any numbers.
protocol NumberwiseOperator: Operator, NumberKernel {
  func callAsFunction<Number: WorkNumber>(_ x: Number) -> Number
}

extension NumberwiseOperator {
  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    Outputs(try operands.number(0).type, inPlace: 0)
  }

  func channelsLast(for operands: Operands) -> ChannelsLastForm? { .elementwise(self) }

  @inline(__always)
  func run<Element: NumberElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    map(x, to: y) { Element(work: self($0.work)) }
  }
}

@inline(__always)
private func map<Element>(_ x: Elements<Element>, to y: Elements<Element>, _ function: (Element) -> Element) {
  // In place by one pointer: of two that meet, the compiler knows only that they overlap, and leaves vectors alone.
  if unsafe x.base == y.base {
    for i in y.indices { y[i] = function(y[i]) }
  } else {
    for i in y.indices { y[i] = function(x[i]) }
  }
}
