/// A heap block, aligned for vector loads, that tensors share.
///
/// A region of a buffer is written by the kernel that makes it and only read after that, until the
/// plan hands the region to another tensor; this is why a buffer may cross threads.
@safe
package final class TensorBuffer: @unchecked Sendable {
  package let base: UnsafeMutableRawPointer
  package let byteCount: Int

  /// The alignment of every buffer, in bytes: one cache line, one AVX-512 register.
  package static let alignment = 64

  /// Allocates `byteCount` bytes. Their content is undefined.
  package init(byteCount: Int) {
    unsafe base = .allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
    self.byteCount = byteCount
  }

  deinit { unsafe base.deallocate() }
}
