import Calibration
import CalibrationData
import Synchronization

/// Puts the workers' statistics together, segment by segment, and keeps what is complete.
///
/// A piece is what this run has to do of one segment. Once every sample of a piece is done and no worker holds
/// statistics of it, it is sealed: added to the total, turned into bytes, and saved where there is a file.
final class SegmentStore: Sendable {
  struct Piece: Sendable {
    let segment: Int
    let positions: Range<Int>
    /// The rank of its last sample.
    let lastRank: Int
  }

  private struct Open {
    /// Of several workers.
    var banks: [CollectorBank] = []
    var notes: [SampleNote] = []
    var skipped: [SampleRunner.SkippedSample] = []

    var done: Int { banks.map(\.sampleCount).reduce(0, +) + skipped.count }
  }

  private struct Sealed {
    var total: CollectorBank
    var blocks: [StateBlock] = []
    /// Where the body of each block begins in the file; nil where the block holds it.
    var offsets: [UInt64?] = []
    var failure: PipelineError?
    var lostFile: PipelineError?
  }

  let pieces: [Piece]
  private let file: StateFile?
  /// Whether a file that cannot be written ends the run.
  private let isFileRequired: Bool
  private let open: Mutex<[Open]>
  private let sealed: Mutex<Sealed>

  init(pieces: [Piece], tensorCount: Int, file: StateFile?, isFileRequired: Bool) {
    self.pieces = pieces
    self.file = file
    self.isFileRequired = isFileRequired
    open = Mutex(Array(repeating: Open(), count: pieces.count))
    sealed = Mutex(Sealed(total: CollectorBank(tensorCount: tensorCount)))
  }

  /// Takes over what an earlier run or another machine saved.
  ///
  /// - Parameter bytesStay: Whether the block keeps its bytes; else `offset` is where they lie in the file.
  func restore(_ block: StateBlock, offset: UInt64?) throws(ByteFault) {
    let bank = UncheckedBox(value: try block.bank())
    sealed.withLock { sealed in
      sealed.total.merge(bank.value)
      var block = block
      if offset != nil { block.body = [] }
      sealed.blocks.append(block)
      sealed.offsets.append(offset)
    }
  }

  /// Takes a worker's statistics of a piece; the worker must not touch them any more.
  func deposit(_ bank: CollectorBank, notes: [SampleNote], piece: Int) {
    let box = UncheckedBox(value: bank)
    finishIfComplete(piece) { open in
      open.notes += notes
      // Two can wait for the rest of a piece: merged statistics take more memory than those that have only been counted.
      if open.banks.count < 2 { open.banks.append(box.value) } else { open.banks[0].merge(box.value) }
    }
  }

  /// Notes a sample of a piece that was left out.
  func skip(_ sample: SampleRunner.SkippedSample, piece: Int) {
    finishIfComplete(piece) { $0.skipped.append(sample) }
  }

  private func finishIfComplete(_ piece: Int, _ change: (inout Open) -> Void) {
    let ready = open.withLock { open -> UncheckedBox<OpenBox>? in
      change(&open[piece])
      guard open[piece].done == pieces[piece].positions.count else { return nil }
      let whole = UncheckedBox(value: OpenBox(open[piece]))
      open[piece] = Open()
      return whole
    }
    if let ready { seal(ready.value.open, piece: piece, positions: pieces[piece].positions) }
  }

  private final class OpenBox {
    let open: Open
    init(_ open: Open) { self.open = open }
  }

  private func seal(_ open: Open, piece: Int, positions: Range<Int>) {
    let tensorCount = sealed.withLock { $0.total.shapes.count }
    let bank = open.banks.first ?? CollectorBank(tensorCount: tensorCount)
    let others = open.banks.dropFirst()
    for other in others { bank.mergeTypes(other) }
    // Tensor by tensor, so that what has been added to the total is given back before the next is merged.
    var block = StateBlock(
      segment: pieces[piece].segment, positions: positions, bank: bank, skipped: open.skipped, notes: open.notes
    ) { tensor in
      for other in others { if let part = other.take(tensor) { bank.add(part, to: tensor) } }
      guard let sum = bank.take(tensor) else { return nil }
      sealed.withLock { $0.total.add(sum, to: tensor) }
      return sum
    }
    let types = UncheckedBox(value: bank)
    sealed.withLock { sealed in
      sealed.total.mergeTypes(types.value)
      var offset: UInt64?
      if let file, sealed.lostFile == nil {
        do throws(PipelineError) {
          offset = try file.append(block)
          block.body = []
        } catch {
          sealed.lostFile = error
        }
      }
      sealed.blocks.append(block)
      sealed.offsets.append(offset)
    }
  }

  /// Seals what is done of the pieces that are not complete: the samples are handed out in order, so that those done
  /// are the first of each piece.
  func sealOpenPieces() {
    for piece in pieces.indices {
      let rest = open.withLock { open -> UncheckedBox<OpenBox>? in
        guard open[piece].done > 0 else { return nil }
        let part = UncheckedBox(value: OpenBox(open[piece]))
        open[piece] = Open()
        return part
      }
      guard let part = rest?.value.open else { continue }
      let start = pieces[piece].positions.lowerBound
      seal(part, piece: piece, positions: start..<start + part.done)
    }
  }

  /// Why the state could not be saved; nil where it was, or none was asked for.
  var lostFile: PipelineError? { sealed.withLock { $0.lostFile } }

  /// The statistics of everything sealed so far, and the blocks, by position. Not to be used any more afterwards.
  func take() -> (total: CollectorBank, blocks: [BlockReference]) {
    let box = sealed.withLock { sealed -> UncheckedBox<Taken> in
      let order = sealed.blocks.indices.sorted {
        sealed.blocks[$0].positions.lowerBound < sealed.blocks[$1].positions.lowerBound
      }
      let bodies = file.flatMap { try? RandomAccessFile(path: $0.path) }
      let references = order.map {
        BlockReference(block: sealed.blocks[$0], file: bodies, offset: sealed.offsets[$0])
      }
      return UncheckedBox(value: Taken(total: sealed.total, blocks: references))
    }
    return (box.value.total, box.value.blocks)
  }

  private final class Taken {
    let total: CollectorBank
    let blocks: [BlockReference]
    init(total: CollectorBank, blocks: [BlockReference]) {
      self.total = total
      self.blocks = blocks
    }
  }
}

/// Carries a reference from one thread to the next that uses it.
private struct UncheckedBox<Value: AnyObject>: @unchecked Sendable {
  let value: Value
}
