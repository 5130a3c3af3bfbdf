#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A regular file opened for reading at any place, by several threads at once.
package final class RandomAccessFile: Sendable {
  package let path: String
  /// The size in bytes when the file was opened.
  package let size: Int
  private let descriptor: Int32

  /// Opens the file at `path`.
  ///
  /// - Throws: `missing`, `notAFile` or `unreadable`.
  package init(path: String) throws(DataError) {
    // Without O_NONBLOCK opening a pipe would wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw DataError(path, errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(errno))
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw DataError(path, .unreadable(code))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw DataError(path, .notAFile)
    }
    self.path = path
    size = Int(status.st_size)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Fills `target` with the bytes from `offset` on.
  ///
  /// - Throws: `malformed` where the file ends before, `unreadable` where the system cannot read.
  package func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws(DataError) {
    guard let base = target.baseAddress else { return }
    var done = 0
    while done < target.count {
      let got = unsafe pread(descriptor, base + done, target.count - done, off_t(offset + done))
      if got > 0 {
        done += got
      } else if got == 0 {
        let expected = "\(offset + target.count) bytes"
        throw DataError(path, .malformed(format: "file", expected: expected, found: "\(offset + done)"))
      } else if errno != EINTR {
        throw DataError(path, .unreadable(errno))
      }
    }
  }

  /// Reads the whole file into `buffer`.
  ///
  /// - Parameter limit: The size in bytes past which the file is refused unread.
  /// - Throws: `empty`, `tooLarge` or what ``read(into:at:)`` throws.
  package func readAll(into buffer: ByteBuffer, limit: Int = 1 << 30) throws(DataError) {
    guard size > 0 else { throw DataError(path, .empty) }
    guard size <= limit else {
      throw DataError(path, .tooLarge(what: "a file", found: "\(size) bytes", limit: "\(limit) bytes"))
    }
    buffer.resize(to: size)
    try unsafe read(into: UnsafeMutableRawBufferPointer(start: buffer.base, count: size), at: 0)
  }
}
