import TensorCore

/// A stretch of bytes in a file or in memory, read by several threads at once.
struct ByteRegion: Sendable {
  private enum Storage: Sendable { case file(RandomAccessFile), memory(TensorBuffer) }

  private let storage: Storage
  private let start: Int
  let count: Int
  /// How messages call the bytes.
  let place: String

  /// The whole of `file`.
  init(_ file: RandomAccessFile, place: String) {
    storage = .file(file)
    start = 0
    count = file.size
    self.place = place
  }

  /// The whole of `memory`.
  init(_ memory: TensorBuffer, place: String) {
    storage = .memory(memory)
    start = 0
    count = memory.byteCount
    self.place = place
  }

  private init(_ storage: Storage, start: Int, count: Int, place: String) {
    self.storage = storage
    self.start = start
    self.count = count
    self.place = place
  }

  /// A part of the region, called `place`; nil where it does not lie inside.
  func part(at offset: Int, count: Int, place: String) -> ByteRegion? {
    guard offset >= 0 && count >= 0 && offset <= self.count && count <= self.count - offset else { return nil }
    return ByteRegion(storage, start: start + offset, count: count, place: place)
  }

  /// Fills `target` with the bytes from `offset` on.
  ///
  /// - Throws: `malformed` where the region ends before, `unreadable` where the system cannot read.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(DataError) {
    guard offset >= 0 && offset <= count && target.count <= count - offset else {
      let expected = "\(target.count) bytes at byte \(offset)"
      throw DataError(place, .malformed(format: "file", expected: expected, found: "\(count) bytes in all"))
    }
    switch storage {
    case .file(let file):
      do { try unsafe file.read(into: target, at: start + offset) } catch { throw DataError(place, error.reason) }
    case .memory(let memory):
      guard let base = target.baseAddress else { return }
      unsafe base.copyMemory(from: memory.base + start + offset, byteCount: target.count)
    }
  }

  /// Up to `count` bytes from `offset` on: fewer where the region ends.
  func bytes(at offset: Int, count: Int) throws(DataError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: offset < 0 ? 0 : max(min(count, self.count - offset), 0))
    let result = unsafe bytes.withUnsafeMutableBytes { target -> Result<Void, DataError> in
      do throws(DataError) { return .success(try unsafe read(into: target, at: offset)) } catch {
        return .failure(error)
      }
    }
    try result.get()
    return bytes
  }
}
