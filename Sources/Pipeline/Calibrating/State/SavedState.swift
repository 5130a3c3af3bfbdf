import CalibrationData
import Foundation

extension CalibrationJob {
  /// The state to go on from; nil where there is none to.
  ///
  /// - Throws: ``PipelineError`` for a state of something else: it names the difference.
  func savedState(
    matching header: StateHeader, tensorCount: Int, _ positions: Range<Int>, _ warnings: inout [String]
  ) throws(PipelineError) -> StateContents? {
    guard resumes, let statePath, FileManager.default.fileExists(atPath: statePath) else {
      if resumes, let statePath { warnings.append("\(statePath): no saved state is there; the run starts anew") }
      return nil
    }
    let contents = try StateContents(path: statePath)
    var header = header
    // The rest can be divided like what is saved, though that be more than is needed.
    if contents.header.keepsGroups { header.keepsGroups = true }
    if let reason = header.mismatch(with: contents.header) {
      throw PipelineError(
        .badData,
        "\(statePath): expected a state of this calibration, found that \(reason); remove it to start anew")
    }
    if contents.header.shard != shard {
      throw PipelineError(
        .badData, "\(statePath): expected a state of the same shard, found another one; remove it to start anew")
    }
    if contents.header.kernels != header.kernels {
      warnings.append(
        "\(statePath): saved under other kernels (\(contents.header.kernels.instructionSet), "
          + "\(contents.header.kernels.blas)); the last bits may differ from those of one run")
    }
    let saved = try contents.checkBlocks(tensorCount: tensorCount, plan: contents.header.plan, within: positions)
    warnings.append("\(statePath): \(saved) of \(positions.count) samples are saved there; the run goes on from them")
    return contents
  }

  /// The file that this run saves its statistics to; nil where it keeps them in memory.
  func openFile(
    _ old: StateContents?, _ header: StateHeader, _ warnings: inout [String]
  ) throws(PipelineError) -> StateFile? {
    guard let statePath else { return nil }
    do throws(PipelineError) {
      if let old { return try StateFile(continuing: old) }
      return try StateFile(creating: statePath, header: header)
    } catch {
      if isStateRequired || resumes { throw error }
      // The run itself needs no file.
      return nil
    }
  }
}

extension StateContents {
  /// - Returns: How many samples the blocks hold.
  /// - Throws: ``PipelineError`` where a block is of another network, or two hold the same sample.
  @discardableResult
  func checkBlocks(tensorCount: Int, plan: SegmentPlan, within positions: Range<Int>) throws(PipelineError) -> Int {
    var end: [Range<Int>] = []
    for index in blocks.indices {
      let block = try block(index)
      guard block.shapes.count == tensorCount, block.segment < plan.segmentCount,
        plan.range(of: block.segment).clamped(to: block.positions) == block.positions,
        positions.clamped(to: block.positions) == block.positions,
        block.sampleCount + block.skipped.count == block.positions.count,
        !end.contains(where: { $0.overlaps(block.positions) })
      else {
        throw PipelineError(
          .badData, "\(path): expected statistics of this calibration in block \(index + 1), found others; start anew")
      }
      end.append(block.positions)
    }
    return end.map(\.count).reduce(0, +)
  }
}
