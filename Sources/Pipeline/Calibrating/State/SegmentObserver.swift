import CalibrationData
import Executor

/// One worker's view of the samples: gathers statistics piece by piece and hands each on when it comes to the next.
final class SegmentObserver: TensorObserver {
  private let store: SegmentStore
  private let makeBank: () -> CollectorBank
  private var bank: CollectorBank
  private var notes: [SampleNote] = []
  private var piece = 0
  private var sample = -1

  init(store: SegmentStore, makeBank: @escaping () -> CollectorBank) {
    self.store = store
    self.makeBank = makeBank
    bank = makeBank()
  }

  func observe(tensor: Int, sample: Int, values: UnsafeBufferPointer<Float>) {
    if sample != self.sample { move(to: sample) }
    unsafe bank.observe(tensor: tensor, sample: sample, values: values)
  }

  /// A worker gets its samples by ascending rank.
  private func move(to rank: Int) {
    sample = rank
    var next = piece
    while next + 1 < store.pieces.count, store.pieces[next].lastRank < rank { next += 1 }
    guard next != piece else { return }
    handOver()
    piece = next
  }

  func finishSample(_ finished: SampleRunner.Finished) {
    move(to: finished.sample.rank)
    bank.finishSample(finished.session)
    notes.append(SampleNote(rank: finished.sample.rank, inputs: finished.inputs))
  }

  /// Gives the store what has been gathered.
  func handOver() {
    guard bank.sampleCount > 0 else { return }
    store.deposit(bank, notes: notes, piece: piece)
    bank = makeBank()
    notes = []
  }
}
