/// Bytes in memory that grow and are used again: the content of one file after another.
///
/// Not for several threads; each worker has its own.
@safe
package final class ByteBuffer {
  /// The first byte. It stays valid until the buffer grows.
  package private(set) var base: UnsafeMutablePointer<UInt8>
  /// How many bytes hold data.
  package private(set) var count = 0
  private var capacity: Int

  package init(capacity: Int = 0) {
    self.capacity = max(capacity, 64)
    unsafe base = .allocate(capacity: self.capacity)
  }

  deinit { unsafe base.deallocate() }

  /// Makes the buffer `count` bytes long. Their content is undefined.
  package func resize(to count: Int) {
    if count > capacity {
      unsafe base.deallocate()
      capacity = count + count / 4
      unsafe base = .allocate(capacity: capacity)
    }
    self.count = count
  }

  /// The bytes, for reading.
  package var bytes: UnsafeBufferPointer<UInt8> { unsafe UnsafeBufferPointer(start: base, count: count) }
}
