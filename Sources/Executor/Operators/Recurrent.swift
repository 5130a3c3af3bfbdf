import TensorCore

/// Layers that run along a sequence and carry a state.
let recurrents: [OperatorEntry] = [
  OperatorEntry("RNN", since: 1, Widened<Recurrent<PlainCell>>.self),
  OperatorEntry("GRU", since: 1, Widened<Recurrent<GatedCell>>.self),
  OperatorEntry("LSTM", since: 1, Widened<Recurrent<MemoryCell>>.self),
]

/// [RNN](https://onnx.ai/onnx/operators/onnx__RNN.html), [GRU](https://onnx.ai/onnx/operators/onnx__GRU.html) and
/// [LSTM](https://onnx.ai/onnx/operators/onnx__LSTM.html).
///
/// `X` is `[steps, batch, input]`, or with `layout` 1 `[batch, steps, input]`; the outputs are the hidden state at every step,
/// the last hidden state, and for LSTM the last cell state.
struct Recurrent<Cell: RecurrentLayerCell>: Operator {
  enum Direction: String, CaseIterable {
    case forward, reverse, bidirectional
  }
  let direction: Direction
  let hidden: Int?
  let isBatchFirst: Bool
  let clip: Float?
  let cells: [Cell]

  init(_ node: NodeReader) throws(OperatorError) {
    direction = try node.choice("direction", default: .forward)
    hidden = try node.int("hidden_size")
    isBatchFirst = try node.flag("layout")
    clip = try node.float("clip")
    let directions = direction == .bidirectional ? 2 : 1, count = Cell.standardActivations.count
    let names = try node.strings("activations") ?? []
    let alphas = try node.floats("activation_alpha") ?? [], betas = try node.floats("activation_beta") ?? []
    guard names.isEmpty || names.count == directions * count else {
      throw OperatorError(
        node.label, .attribute("activations", expected: "\(directions * count) names", found: "\(names.count)"))
    }
    var cells: [Cell] = []
    for direction in 0..<directions {
      var activations: [CellActivation] = []
      for place in (direction * count)..<((direction + 1) * count) {
        let name = names.isEmpty ? Cell.standardActivations[place % count] : names[place]
        let alpha = place < alphas.count ? alphas[place] : nil, beta = place < betas.count ? betas[place] : nil
        guard let activation = CellActivation(name, alpha: alpha, beta: beta) else {
          throw OperatorError(node.label, .attribute("activations", expected: "ONNX's names", found: "'\(name)'"))
        }
        activations.append(activation)
      }
      cells.append(try Cell(node, activations))
    }
    self.cells = cells
  }

  func outputs(for operands: Operands) throws(OperatorError) -> Outputs {
    let size = try size(operands)
    let state = TensorType(
      isBatchFirst ? [size.batch, size.directions, size.hidden] : [size.directions, size.batch, size.hidden])
    let sequence = TensorType(
      isBatchFirst
        ? [size.batch, size.steps, size.directions, size.hidden]
        : [size.steps, size.directions, size.batch, size.hidden])
    return Outputs(types: [sequence, state] + (cells[0].hasCellState ? [state] : []))
  }

  func kernel(for operands: Operands) throws(OperatorError) -> any Kernel {
    RecurrentKernel(
      size: try size(operands), cells: cells,
      isReversed: direction == .bidirectional ? [false, true] : [direction == .reverse], clip: clip)
  }

  private func size(_ operands: Operands) throws(OperatorError) -> RecurrentSize {
    let x = try operands.required(0, .float32).shape, weights = try operands.required(1, .float32).shape
    guard x.rank == 3 else { throw OperatorError(operands.node, .input(0, expected: "three axes", found: "\(x)")) }
    let gates = cells[0].gateCount, directions = cells.count
    guard weights.rank == 3, weights[1] % gates == 0, weights == [directions, weights[1], x[2]],
      hidden == nil || hidden == weights[1] / gates
    else {
      throw OperatorError(
        operands.node, .input(1, expected: "[\(directions), \(gates) · hidden size, \(x[2])]", found: "\(weights)"))
    }
    let hidden = weights[1] / gates
    let (steps, batch) = isBatchFirst ? (x[1], x[0]) : (x[0], x[1])
    let state: Shape = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden]
    let expected: [(Int, Shape)] = [
      (2, [directions, gates * hidden, hidden]), (3, [directions, 2 * gates * hidden]), (5, state), (6, state),
      (7, [directions, 3 * hidden]),
    ]
    for (index, shape) in expected where index == 2 || operands[optional: index] != nil {
      guard try operands.required(index, .float32).shape != shape else { continue }
      throw OperatorError(
        operands.node, .input(index, expected: "\(shape)", found: "\(try operands.required(index).type)"))
    }
    if operands[optional: 4] != nil, try operands.required(4, .int32).shape != [batch] {
      throw OperatorError(operands.node, .input(4, expected: "[\(batch)]", found: "\(try operands.required(4).type)"))
    }
    return RecurrentSize(
      steps: steps, batch: batch, input: x[2], hidden: hidden, directions: directions, isBatchFirst: isBatchFirst)
  }
}

/// A cell that can be made from a node's attributes.
protocol RecurrentLayerCell: RecurrentCell {
  static var standardActivations: [String] { get }
  init(_ node: NodeReader, _ activations: [CellActivation]) throws(OperatorError)
}

/// `H = f(X·Wᵀ + H·Rᵀ + B)`.
struct PlainCell: RecurrentLayerCell {
  static var standardActivations: [String] { ["Tanh"] }
  let gateCount = 1
  let hasCellState = false
  let gatesWithPlainBias = 1
  let activation: CellActivation

  init(_ node: NodeReader, _ activations: [CellActivation]) { activation = activations[0] }

  func advance(_ step: inout CellStep) {
    let hidden = step.size.hidden
    step.multiply(step.hidden, gates: 0..<1, into: step.work)
    for (item, row) in step.rows.enumerated() {
      guard let row else { continue }
      for i in 0..<hidden {
        step.hidden[item * hidden + i] = activation(
          step.bounded(step.gates[row * hidden + i] + step.work[item * hidden + i]))
      }
    }
  }
}

/// Gates z (update), r (reset) and h: `H = (1 - z) · h + z · H`.
struct GatedCell: RecurrentLayerCell {
  static var standardActivations: [String] { ["Sigmoid", "Tanh"] }
  let gateCount = 3
  let hasCellState = false
  let resetsAfterProduct: Bool
  let f: CellActivation
  let g: CellActivation
  var gatesWithPlainBias: Int { resetsAfterProduct ? 2 : 3 }

  init(_ node: NodeReader, _ activations: [CellActivation]) throws(OperatorError) {
    resetsAfterProduct = try node.flag("linear_before_reset")
    (f, g) = (activations[0], activations[1])
  }

  func advance(_ step: inout CellStep) {
    let n = step.size.hidden
    step.multiply(step.hidden, gates: 0..<3, into: step.work)
    for (item, row) in step.rows.enumerated() {
      let states = step.hidden.from(item * n), work = step.work.from(item * 3 * n), reset = step.spare.from(item * n)
      guard let row else {
        for i in 0..<n { reset[i] = 0 }
        continue
      }
      let x = step.gates.from(row * 3 * n)
      for i in 0..<n {
        work[i] = f(step.bounded(x[i] + work[i]))
        let gate = f(step.bounded(x[n + i] + work[n + i]))
        let bias = step.recurrentBias.map { $0[2 * n + i] } ?? 0
        reset[i] = resetsAfterProduct ? gate * (work[2 * n + i] + bias) : gate * states[i]
      }
    }
    // Without the reset after the product, the reset state goes through the weights first.
    if !resetsAfterProduct {
      for (item, _) in step.rows.enumerated() {
        for i in 0..<n { step.work[item * 3 * n + n + i] = step.spare[item * n + i] }
      }
      multiplyReset(&step)
    }
    for (item, row) in step.rows.enumerated() {
      guard let row else { continue }
      let x = step.gates.from(row * 3 * n), work = step.work.from(item * 3 * n)
      for i in 0..<n {
        let candidate = g(step.bounded(x[2 * n + i] + step.spare[item * n + i]))
        let old = step.hidden[item * n + i]
        step.hidden[item * n + i] = (1 - work[i]) * candidate + work[i] * old
      }
    }
  }

  /// Replaces the reset states, which stand in the second gate's place, by their products with the third gate's weights.
  private func multiplyReset(_ step: inout CellStep) {
    let n = step.size.hidden
    unsafe gemm(
      transposeB: true, m: step.size.batch, n: n, k: n, step.work.base + n, leadingA: 3 * n,
      step.recurrentWeights.base + 2 * n * n, leadingB: n, beta: 0, step.spare.base, leadingC: n)
  }
}

/// Gates i, o, f and c: `C = f · C + i · c`, `H = o · h(C)`.
struct MemoryCell: RecurrentLayerCell {
  static var standardActivations: [String] { ["Sigmoid", "Tanh", "Tanh"] }
  let gateCount = 4
  let hasCellState = true
  let gatesWithPlainBias = 4
  let couplesForgetting: Bool
  let f: CellActivation
  let g: CellActivation
  let h: CellActivation

  init(_ node: NodeReader, _ activations: [CellActivation]) throws(OperatorError) {
    couplesForgetting = try node.flag("input_forget")
    (f, g, h) = (activations[0], activations[1], activations[2])
  }

  func advance(_ step: inout CellStep) {
    let n = step.size.hidden
    step.multiply(step.hidden, gates: 0..<4, into: step.work)
    for (item, row) in step.rows.enumerated() {
      guard let row else { continue }
      let x = step.gates.from(row * 4 * n), work = step.work.from(item * 4 * n)
      for i in 0..<n {
        let old = step.cell[item * n + i]
        func peephole(_ gate: Int, _ state: Float) -> Float { step.peepholes.map { $0[gate * n + i] * state } ?? 0 }
        let input = f(step.bounded(x[i] + work[i] + peephole(0, old)))
        let forget =
          couplesForgetting ? 1 - input : f(step.bounded(x[2 * n + i] + work[2 * n + i] + peephole(2, old)))
        let candidate = g(step.bounded(x[3 * n + i] + work[3 * n + i]))
        let cell = forget * old + input * candidate
        let output = f(step.bounded(x[n + i] + work[n + i] + peephole(1, cell)))
        step.cell[item * n + i] = cell
        step.hidden[item * n + i] = output * h(cell)
      }
    }
  }
}
