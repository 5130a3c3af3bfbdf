#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Writes a file beside its place, flushes it and renames it, so that no half-written file is ever seen there.
enum AtomicFile {
  /// Writes `parts` one after another to `path`.
  ///
  /// - Throws: `unwritable`; the file that was there before, if any, is then untouched and nothing is left beside it.
  static func write(_ parts: [UnsafeRawBufferPointer], to path: String) throws(DataError) {
    let temporary = "\(path).\(getpid()).partial"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw DataError(path, .unwritable(errno)) }
    var code: Int32 = 0
    for index in unsafe parts.indices where code == 0 { code = unsafe writeAll(parts[index], to: descriptor) }
    if code == 0 && fsync(descriptor) != 0 { code = errno }
    if close(descriptor) != 0 && code == 0 { code = errno }
    if unsafe code == 0 && rename(temporary, path) != 0 { code = errno }
    guard code == 0 else {
      unsafe unlink(temporary)
      throw DataError(path, .unwritable(code))
    }
  }

  /// Writes all of `bytes`; answers the system's error number, or 0.
  private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    guard let base = bytes.baseAddress else { return 0 }
    var done = 0
    while done < bytes.count {
      let written = unsafe systemWrite(descriptor, base + done, bytes.count - done)
      if written >= 0 { done += written } else if errno != EINTR { return errno }
    }
    return 0
  }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  unsafe write(descriptor, bytes, count)
}
