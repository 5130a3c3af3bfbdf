import TensorCore

/// Decides where in the arena each value lies: values that are never needed at the same time may share bytes.
struct StorageLayout {
  private(set) var storage: [Plan.Storage]
  private(set) var byteCount = 0

  /// Bytes that one or several values occupy, from the step that makes the first to the one that last reads any.
  private struct Block {
    var byteCount: Int
    var first: Int
    var last: Int
    var offset = 0
  }

  private var blocks: [Block] = []
  private var blockOf: [Int?]

  init(_ builder: PlanBuilder) {
    storage = Array(repeating: .late, count: builder.types.count)
    blockOf = Array(repeating: nil, count: builder.types.count)
    assignBlocks(builder)
    place()
    for value in builder.types.indices {
      if let tensor = builder.constants[value] {
        storage[value] = .constant(tensor)
      } else if let block = blockOf[value] {
        storage[value] = .arena(byteOffset: blocks[block].offset)
      }
    }
  }

  private mutating func assignBlocks(_ builder: PlanBuilder) {
    let lastUse = StorageLayout.lastUses(builder)
    let end = builder.steps.count
    // Inputs stay as they are until the run ends, so that a caller may run the same sample again.
    for value in builder.network.inputs { open(value, builder, at: -1, until: end) }
    for (position, step) in builder.steps.enumerated() where !step.isLate {
      for value in step.outputs {
        if let source = builder.aliasOf[value], !builder.keepsEveryValue {
          if let block = blockOf[source] {
            join(value, block, until: lastUse[value])
          } else {
            open(value, builder, at: position, until: lastUse[value])
          }
        } else if let victim = builder.mayOverwrite[value], let block = blockOf[victim],
          blocks[block].last == position, builder.types[value] == builder.types[victim],
          !step.stages.contains(where: { $0.stage.other.map { blockOf[$0] == block } ?? false })
        {
          join(value, block, until: lastUse[value])
        } else {
          open(value, builder, at: position, until: lastUse[value])
        }
      }
      for stage in step.stages {
        if let block = blockOf[step.outputs[0]] { join(stage.stage.value, block, until: lastUse[stage.stage.value]) }
      }
    }
  }

  private mutating func open(_ value: Int, _ builder: PlanBuilder, at first: Int, until last: Int) {
    guard let type = builder.types[value] else { return }
    let alignment = TensorBuffer.alignment
    let byteCount = (max(type.byteCount, 1) + alignment - 1) / alignment * alignment
    blockOf[value] = blocks.count
    blocks.append(Block(byteCount: byteCount, first: first, last: max(first, last)))
  }

  private mutating func join(_ value: Int, _ block: Int, until last: Int) {
    blockOf[value] = block
    blocks[block].last = max(blocks[block].last, last)
  }

  /// For each value, the last step that reads it, or that reads what shows its bytes; past the end for outputs.
  private static func lastUses(_ builder: PlanBuilder) -> [Int] {
    guard !builder.keepsEveryValue else { return Array(repeating: builder.steps.count, count: builder.types.count) }
    var last = Array(repeating: -1, count: builder.types.count)
    for value in builder.outputs { last[value] = builder.steps.count }
    for (position, step) in builder.steps.enumerated() {
      for case let value? in step.inputs { last[value] = max(last[value], position) }
      for case let other? in step.stages.map(\.stage.other) { last[other] = max(last[other], position) }
    }
    for step in builder.steps.reversed() {
      for value in step.outputs {
        if let source = builder.aliasOf[value] { last[source] = max(last[source], last[value]) }
      }
    }
    return last
  }

  /// Largest first, each at the lowest offset that no block alive at the same time occupies.
  private mutating func place() {
    let order = blocks.indices.sorted { (blocks[$1].byteCount, $0) < (blocks[$0].byteCount, $1) }
    var placed: [Int] = []
    for index in order {
      let block = blocks[index]
      let rivals = placed.filter { blocks[$0].first <= block.last && block.first <= blocks[$0].last }
        .sorted { blocks[$0].offset < blocks[$1].offset }
      var offset = 0
      for rival in rivals {
        if blocks[rival].offset - offset >= block.byteCount { break }
        offset = max(offset, blocks[rival].offset + blocks[rival].byteCount)
      }
      blocks[index].offset = offset
      byteCount = max(byteCount, offset + block.byteCount)
      placed.append(index)
    }
  }
}
