import Glibc
import TensorCore

/// Operators of signal processing.
let signals: [OperatorEntry] = [
  OperatorEntry("DFT", since: 17, Widened<FourierTransform>.self),
  OperatorEntry("STFT", since: 17, Widened<ShortTimeFourierTransform>.self),
  OperatorEntry("HannWindow", since: 17, CosineWindow.self),
  OperatorEntry("HammingWindow", since: 17, CosineWindow.self),
  OperatorEntry("BlackmanWindow", since: 17, CosineWindow.self),
  OperatorEntry("MelWeightMatrix", since: 17, MelWeightMatrix.self),
]

/// [DFT](https://onnx.ai/onnx/operators/onnx__DFT.html): the discrete Fourier transform along an axis of real (`[…, 1]`) or
/// complex (`[…, 2]`) numbers.
///
/// The signal is cut or filled up with zeros to the length asked for. One-sided: the first half of the spectrum of a real
/// signal, or in the inverse the real signal of such a half.
struct FourierTransform: Operator {
  let isInverse: Bool
  let isOneSided: Bool
  let axisAttribute: Int?

  init(_ node: NodeReader) throws(OperatorError) {
    isInverse = try node.flag("inverse")
    isOneSided = try node.flag("onesided")
    axisAttribute = node.opset < 20 ? try node.int("axis", default: 1) : nil
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let (x, axis, length) = try resolve(operands)
    var shape = x
    shape[axis] = isOneSided && !isInverse ? length / 2 + 1 : length
    shape[x.rank - 1] = isOneSided && isInverse ? 1 : 2
    return Outputs(TensorType(shape, try operands.real(0).type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let (x, axis, length) = try resolve(operands)
    return FourierKernel(node: self, rows: RowSpace(x, axis: axis), components: x[x.rank - 1], length: length)
  }

  private func resolve(_ operands: Operands) throws(OperatorError) -> (Shape, Int, Int) {
    let x = try operands.required(0, .float32, .float64).shape
    guard x.rank >= 2, let last = x.dimensions.last, last == 1 || last == 2 else {
      throw OperatorError(operands.node, .input(0, expected: "[…, length, 1 or 2]", found: "\(x)"))
    }
    let named = axisAttribute == nil ? try operands.int(2) ?? -2 : axisAttribute ?? 1
    let axis = try normalizedAxis(named, rank: x.rank, node: operands.node)
    let standard = isInverse && isOneSided ? 2 * (x[axis] - 1) : x[axis]
    let length = try operands.int(1) ?? standard
    guard axis < x.rank - 1, (1...(1 << 24)).contains(length) else {
      throw OperatorError(
        operands.node, .value("expected a positive length along a signal's axis, found \(length), axis \(axis)"))
    }
    return (x, axis, length)
  }
}

private struct FourierKernel: RealKernel {
  let node: FourierTransform
  /// Along the signal; the innermost axis is that of the components.
  let rows: RowSpace
  let components: Int
  let length: Int

  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    let transform = Fourier(length: length)
    let isReal = node.isOneSided && node.isInverse
    let bins = node.isOneSided && !node.isInverse ? length / 2 + 1 : length
    let inner = rows.inner / components, outputs = isReal ? 1 : 2
    for outer in 0..<rows.outer {
      for place in 0..<inner {
        var signal = [(re: Double, im: Double)](repeating: (0, 0), count: length)
        for i in 0..<min(rows.count, length) {
          let at = rows.start(outer, place * components) + i * rows.inner
          signal[i] = (x[at].work.asDouble, components == 2 ? x[at + 1].work.asDouble : 0)
        }
        // The half that is left out mirrors the other, conjugated.
        if isReal, length > 2 {
          for i in (length / 2 + 1)..<length { signal[i] = (signal[length - i].re, -signal[length - i].im) }
        }
        let spectrum = transform.run(signal, isInverse: node.isInverse)
        for i in 0..<bins {
          let to = ((outer * bins + i) * inner + place) * outputs
          y[to] = Element(work: Element.Work(nearest: spectrum[i].re))
          if !isReal { y[to + 1] = Element(work: Element.Work(nearest: spectrum[i].im)) }
        }
      }
    }
  }
}

/// [STFT](https://onnx.ai/onnx/operators/onnx__STFT.html): the spectrum of each of the overlapping frames of `[batch, length, 1
/// or 2]`.
struct ShortTimeFourierTransform: Operator {
  let isOneSided: Bool
  init(_ node: NodeReader) throws(OperatorError) { isOneSided = try node.flag("onesided", default: true) }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let size = try resolve(operands)
    let bins = isOneSided ? size.length / 2 + 1 : size.length
    return Outputs(
      TensorType([try operands.required(0).shape[0], size.frames, bins, 2], try operands.real(0).type.elementType))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    let size = try resolve(operands)
    return FrameKernel(length: size.length, step: size.step, frames: size.frames, isOneSided: isOneSided)
  }

  private func resolve(_ operands: Operands) throws(OperatorError) -> (length: Int, step: Int, frames: Int) {
    let x = try operands.required(0, .float32, .float64).shape
    guard x.rank == 3, x[2] == 1 || x[2] == 2 else {
      throw OperatorError(operands.node, .input(0, expected: "[batch, length, 1 or 2]", found: "\(x)"))
    }
    guard let step = try operands.int(1) else { throw OperatorError(operands.node, .missingInput(1)) }
    let window = try operands[optional: 2].map { _ throws(OperatorError) in try operands.required(2, like: 0).shape }
    let length = try operands.int(3) ?? window?.count ?? x[1]
    guard step >= 1, (1...max(x[1], 1)).contains(length), window == nil || window == [length] else {
      throw OperatorError(
        operands.node, .value("expected frames of a window's length within \(x[1]), found \(length), step \(step)"))
    }
    return (length, step, (x[1] - length) / step + 1)
  }
}

private struct FrameKernel: RealKernel {
  let length: Int
  let step: Int
  let frames: Int
  let isOneSided: Bool

  func run<Element: RealElement>(_ frame: inout Frame, _ type: Element.Type) throws(OperatorError) {
    let shape = try frame.input(0).shape, components = shape[2]
    let x = try frame.input(0).values(of: Element.self), y = frame.outputs[0].values(of: Element.self)
    let window = frame.optional(2)?.values(of: Element.self)
    let transform = Fourier(length: length), bins = isOneSided ? length / 2 + 1 : length
    for item in 0..<shape[0] {
      for index in 0..<frames {
        let signal = (0..<length).map { i -> (re: Double, im: Double) in
          let at = (item * shape[1] + index * step + i) * components
          let weight = window.map { $0[i].work.asDouble } ?? 1
          return (x[at].work.asDouble * weight, components == 2 ? x[at + 1].work.asDouble * weight : 0)
        }
        let spectrum = transform.run(signal, isInverse: false)
        for i in 0..<bins {
          let to = ((item * frames + index) * bins + i) * 2
          y[to] = Element(work: Element.Work(nearest: spectrum[i].re))
          y[to + 1] = Element(work: Element.Work(nearest: spectrum[i].im))
        }
      }
    }
  }
}

/// [HannWindow](https://onnx.ai/onnx/operators/onnx__HannWindow.html),
/// [HammingWindow](https://onnx.ai/onnx/operators/onnx__HammingWindow.html) and
/// [BlackmanWindow](https://onnx.ai/onnx/operators/onnx__BlackmanWindow.html): sums of cosines over a window.
private struct CosineWindow: Operator, DecidedKernel {
  let isPeriodic: Bool
  let type: ElementType
  /// The weights of the cosines of 0, 1 and 2 turns.
  let weights: [Double]

  init(_ node: NodeReader) throws(OperatorError) {
    isPeriodic = try node.flag("periodic", default: true)
    type = try node.elementType("output_datatype") ?? .float32
    weights =
      switch node.label.opType {
      case "HannWindow": [0.5, -0.5]
      case "HammingWindow": [25.0 / 46, -21.0 / 46]
      default: [0.42, -0.5, 0.08]
      }
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    guard let size = try operands.int(0) else { throw OperatorError(operands.node, .missingInput(0)) }
    guard (0...(1 << 26)).contains(size) else { throw OperatorError(operands.node, .tooLarge("\(size) values")) }
    let period = Double(isPeriodic ? size : size - 1)
    let values = (0..<size).map { i in
      weights.enumerated().reduce(0.0) { $0 + $1.element * cos(2 * .pi * Double($1.offset * i) / period) }
    }
    return .known([Tensor(values, shape: [size]).converted(to: type)])
  }
}

/// [MelWeightMatrix](https://onnx.ai/onnx/operators/onnx__MelWeightMatrix.html): triangles, evenly spaced on the mel scale, that
/// turn a spectrum into mel bands.
private struct MelWeightMatrix: Operator, DecidedKernel {
  let type: ElementType
  init(_ node: NodeReader) throws(OperatorError) { type = try node.elementType("output_datatype") ?? .float32 }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    var counts: [Int] = [], edges: [Float] = []
    for index in 0..<3 {
      guard let count = try operands.int(index) else { throw OperatorError(operands.node, .missingInput(index)) }
      counts.append(count)
    }
    for index in 3..<5 {
      guard let edge = try operands.floats(index)?.first else {
        throw OperatorError(operands.node, .missingInput(index))
      }
      edges.append(edge)
    }
    let (bands, length, rate) = (counts[0], counts[1], counts[2])
    guard (1...(1 << 16)).contains(bands), (1...(1 << 24)).contains(length), rate >= 1, edges[0] >= 0,
      edges[1] >= edges[0],
      edges[1] <= Float(rate)
    else {
      throw OperatorError(operands.node, .value("expected bands within the spectrum, found \(counts) and \(edges)"))
    }
    let mel = edges.map { 2595 * log10(1 + Double($0) / 700) }
    let step = (mel[1] - mel[0]) / Double(bands + 2)
    let rows = length / 2 + 1
    let bins = (0..<(bands + 2)).map { index in
      let frequency = 700 * (pow(10, (mel[0] + Double(index) * step) / 2595) - 1)
      return min(Int((Double(length + 1) * frequency / Double(rate)).rounded(.down)), rows - 1)
    }
    var values = [Double](repeating: 0, count: rows * bands)
    for band in 0..<bands {
      let (low, middle, high) = (bins[band], bins[band + 1], bins[band + 2])
      if low == middle { values[middle * bands + band] = 1 }
      for bin in low..<max(middle + 1, low) where low != middle {
        values[bin * bands + band] = Double(bin - low) / Double(middle - low)
      }
      for bin in middle..<max(high, middle) { values[bin * bands + band] = Double(high - bin) / Double(high - middle) }
    }
    return .known([Tensor(values, shape: [rows, bands]).converted(to: type)])
  }
}
