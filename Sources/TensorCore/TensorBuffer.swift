/// A heap block, aligned for vector loads, that tensors share.
///
/// A region of a buffer is written by the kernel that makes it and only read after that, until the
/// plan hands the region to another tensor; this is why a buffer may cross threads.
@safe
package final class TensorBuffer: @unchecked Sendable {
  package let base: UnsafeMutableRawPointer
  package let byteCount: Int
  private let isOwner: Bool

  /// The alignment of every buffer, in bytes: one cache line, one AVX-512 register.
  package static let alignment = 64

  /// Allocates `byteCount` bytes. Their content is undefined.
  package init(byteCount: Int) {
    unsafe base = .allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
    self.byteCount = byteCount
    isOwner = true
  }

  /// Shows memory that something else owns, and that must outlive every use of the buffer.
  package init(borrowing base: UnsafeMutableRawPointer, byteCount: Int) {
    unsafe self.base = unsafe base
    self.byteCount = byteCount
    isOwner = false
  }

  deinit { if isOwner { unsafe base.deallocate() } }
}
