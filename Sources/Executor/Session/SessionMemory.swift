import TensorCore

/// The memory that sessions compute in.
///
/// Sessions of one worker may share one, so that a sample's tensors stay in the processor's caches from precision to
/// precision: they must run one after the other, and what one has computed lasts until another runs.
package final class SessionMemory {
  private let headroom: Int
  private var arena = TensorBuffer(byteCount: 0)
  private var scratch = TensorBuffer(byteCount: 0)

  /// - Parameter headroom: How many times what a plan asks for is set aside, for other plans of the same network: pages
  ///   that nobody touches cost nothing.
  package init(headroom: Int = 1) { self.headroom = headroom }

  /// The buffers for a plan: those that there are, or where it needs more, larger ones for it and for all that follow.
  func buffers(for plan: Plan) -> (arena: TensorBuffer, scratch: TensorBuffer) {
    if arena.byteCount < plan.arenaByteCount { arena = enlarged(plan.arenaByteCount) }
    if scratch.byteCount < plan.scratchByteCount { scratch = enlarged(plan.scratchByteCount) }
    return (arena, scratch)
  }

  private func enlarged(_ byteCount: Int) -> TensorBuffer {
    let (wanted, overflow) = byteCount.multipliedReportingOverflow(by: headroom)
    return TensorBuffer(byteCount: overflow || wanted > MemoryLimit.byteCount ? byteCount : wanted)
  }
}
