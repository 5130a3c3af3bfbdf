import TensorCore

/// The extents of a recurrent layer.
struct RecurrentSize: Sendable {
  let steps: Int
  let batch: Int
  let input: Int
  let hidden: Int
  let directions: Int
  /// Whether the batch is the outermost axis of inputs and outputs.
  let isBatchFirst: Bool

  /// The row of the input, or of the sequence of outputs of one direction, that holds item `item` at `time`.
  func row(_ time: Int, _ item: Int) -> Int { isBatchFirst ? item * steps + time : time * batch + item }
  /// The row of a state that holds item `item` of direction `direction`.
  func stateRow(_ direction: Int, _ item: Int) -> Int {
    isBatchFirst ? item * directions + direction : direction * batch + item
  }
  /// The row of the sequence of outputs.
  func outputRow(_ time: Int, _ direction: Int, _ item: Int) -> Int {
    isBatchFirst ? row(time, item) * directions + direction : (time * directions + direction) * batch + item
  }
}

/// What one kind of recurrent cell does with its gates.
protocol RecurrentCell: Sendable {
  /// How many gates there are; each has a row of weights per hidden unit.
  var gateCount: Int { get }
  /// Whether there is a cell state beside the hidden state.
  var hasCellState: Bool { get }
  /// The gates whose recurrent bias is added with the input's; the cell itself adds that of the others.
  var gatesWithPlainBias: Int { get }
  /// Moves the states of the active items one step on.
  func advance(_ step: inout CellStep)
}

/// One step of one direction.
@safe
struct CellStep {
  let size: RecurrentSize
  let direction: Int
  let clip: Float?
  /// For each item, the row of ``gates`` that holds its input's part; nil where its sequence has ended.
  var rows: [Int?]
  /// `[rows, gates · hidden]`: the input's part of every gate at every time, biases added.
  let gates: Elements<Float>
  /// `[gates · hidden, hidden]`.
  let recurrentWeights: Elements<Float>
  /// `[gates · hidden]`, the recurrent biases alone; nil where there are none.
  let recurrentBias: Elements<Float>?
  /// `[3 · hidden]`, for the cell state's part in the gates; nil where there is none.
  let peepholes: Elements<Float>?
  let hidden: Elements<Float>
  let cell: Elements<Float>
  /// `[batch, gates · hidden]` of working memory.
  let work: Elements<Float>
  /// `[batch, hidden]` of working memory.
  let spare: Elements<Float>

  func bounded(_ x: Float) -> Float { clip.map { clipped(x, -$0, $0) } ?? x }

  /// `target = states · weightsᵀ`, for the gates in `gates`.
  func multiply(_ states: Elements<Float>, gates: Range<Int>, into target: Elements<Float>) {
    let n = gates.count * size.hidden
    unsafe gemm(
      transposeB: true, m: size.batch, n: n, k: size.hidden, states.base, leadingA: size.hidden,
      recurrentWeights.base + gates.lowerBound * size.hidden * size.hidden, leadingB: size.hidden, beta: 0, target.base,
      leadingC: n)
  }
}

/// Runs a layer of recurrent cells over sequences, in one or both directions.
struct RecurrentKernel<Cell: RecurrentCell>: Kernel {
  let size: RecurrentSize
  /// One per direction.
  let cells: [Cell]
  /// For each direction, whether it runs from the back.
  let isReversed: [Bool]
  let clip: Float?

  private var gateCount: Int { (cells.first?.gateCount ?? 0) * size.hidden }
  private var partCounts: [Int] {
    let states = size.batch * size.hidden
    return [size.steps * size.batch * gateCount, size.batch * gateCount, states, states, states]
  }
  var scratchByteCount: Int { partCounts.reduce(0, +) * MemoryLayout<Float>.stride }

  func run(_ frame: inout Frame) throws(OperatorError) {
    let lengths = try lengths(frame)
    var next = unsafe frame.scratch.assumingMemoryBound(to: Float.self)
    let parts = partCounts.map { count in
      defer { unsafe next += count }
      return unsafe Elements(next, count: count)
    }
    for output in frame.outputs { output.values(of: Float.self).fill(0) }
    for direction in cells.indices { try run(direction, &frame, lengths, parts) }
  }

  private func lengths(_ frame: Frame) throws(OperatorError) -> [Int] {
    guard let given = frame.optional(4)?.integers else { return Array(repeating: size.steps, count: size.batch) }
    if let wrong = given.first(where: { $0 < 0 || $0 > size.steps }) {
      throw OperatorError(frame.node, .input(4, expected: "lengths in 0...\(size.steps)", found: "\(wrong)"))
    }
    return given
  }

  private func run(
    _ direction: Int, _ frame: inout Frame, _ lengths: [Int], _ parts: [Elements<Float>]
  ) throws(OperatorError) {
    let gates = parts[0], hiddenCount = size.hidden
    let bias = frame.optional(3)?.values(of: Float.self).from(direction * 2 * gateCount)
    let recurrent = try frame.input(2).values(of: Float.self).from(direction * gateCount * hiddenCount)
    unsafe gemm(
      transposeB: true, m: size.steps * size.batch, n: gateCount, k: size.input,
      try frame.input(0).values(of: Float.self).base, leadingA: size.input,
      try frame.input(1).values(of: Float.self).base + direction * gateCount * size.input, leadingB: size.input,
      beta: 0,
      gates.base, leadingC: gateCount)
    if let bias {
      let plain = cells[direction].gatesWithPlainBias * hiddenCount
      for row in 0..<(size.steps * size.batch) {
        let line = gates.from(row * gateCount)
        for i in 0..<gateCount { line[i] += i < plain ? bias[i] + bias[gateCount + i] : bias[i] }
      }
    }
    var step = CellStep(
      size: size, direction: direction, clip: clip, rows: [], gates: gates, recurrentWeights: recurrent,
      recurrentBias: bias?.from(gateCount),
      peepholes: cells[direction].hasCellState
        ? frame.optional(7)?.values(of: Float.self).from(direction * 3 * hiddenCount) : nil,
      hidden: parts[2], cell: parts[3], work: parts[1], spare: parts[4])
    load(frame.optional(5), direction, into: step.hidden)
    load(cells[direction].hasCellState ? frame.optional(6) : nil, direction, into: step.cell)
    for index in 0..<size.steps {
      let times = lengths.map { length -> Int? in
        index < length ? (isReversed[direction] ? length - 1 - index : index) : nil
      }
      step.rows = times.enumerated().map { item, time in time.map { size.row($0, item) } }
      cells[direction].advance(&step)
      guard let sequence = frame.outputs.first?.values(of: Float.self) else { continue }
      for (item, time) in times.enumerated() {
        guard let time else { continue }
        let target = size.outputRow(time, direction, item) * hiddenCount
        for i in 0..<hiddenCount { sequence[target + i] = step.hidden[item * hiddenCount + i] }
      }
    }
    if frame.outputs.count > 1 { store(step.hidden, direction, in: frame.outputs[1]) }
    if frame.outputs.count > 2 { store(step.cell, direction, in: frame.outputs[2]) }
  }

  private func load(_ state: Tensor?, _ direction: Int, into target: Elements<Float>) {
    let hidden = size.hidden
    guard let values = state?.values(of: Float.self) else { return target.fill(0) }
    for item in 0..<size.batch {
      let from = size.stateRow(direction, item) * hidden
      for i in 0..<hidden { target[item * hidden + i] = values[from + i] }
    }
  }

  private func store(_ source: Elements<Float>, _ direction: Int, in state: Tensor) {
    let values = state.values(of: Float.self), hidden = size.hidden
    for item in 0..<size.batch {
      let to = size.stateRow(direction, item) * hidden
      for i in 0..<hidden { values[to + i] = source[item * hidden + i] }
    }
  }
}
