#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that appears whole or not at all.
///
/// The bytes go to a temporary file in the same folder, named `.qtool-<process>-<number>.part`. ``commit()`` flushes it
/// to the disk and renames it; a value that goes away before that, after an error too, removes it. What stood at the
/// path before stays untouched until the rename, and so do its permissions; a new file gets those that the process's
/// umask leaves of `rw-rw-rw-`. A link at the path stays, the file that it names is replaced. Devices and pipes are
/// written through, for they cannot be replaced; there a failure may leave a part. Each step throws `FileError`.
package struct AtomicFile: ~Copyable {
  /// The path as the caller gave it.
  package let path: String
  private let target: String
  /// nil where the target is written in place, and after the rename.
  private var temporary: String?
  private let descriptor: Int32

  /// Makes the temporary file.
  package init(path: String) throws(FileError) {
    Self.prepareProcess
    let destination = try WriteTarget(path: path)
    let opened = try Self.open(destination, for: path)
    self.path = path
    (descriptor, temporary) = opened
    target = destination.path
  }

  deinit {
    close(descriptor)
    if let temporary { _ = unsafe unlink(temporary) }
  }

  /// Adds `bytes` at the end.
  package func write(_ bytes: RawSpan) throws(FileError) {
    var code: Int32 = 0
    unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      var done = 0
      while done < buffer.count {
        let written = unsafe Self.systemWrite(descriptor, base + done, buffer.count - done)
        if written >= 0 {
          done += written
        } else if errno != EINTR {
          code = errno
          return
        }
      }
    }
    guard code == 0 else { throw FileError(path: path, operation: .write, code: code) }
  }

  /// Lets the file appear at its path.
  package consuming func commit() throws(FileError) {
    guard let temporary else { return }
    while fsync(descriptor) != 0 {
      guard errno == EINTR else { throw FileError(path: path, operation: .flush, code: errno) }
    }
    guard unsafe rename(temporary, target) == 0 else {
      throw FileError(path: path, operation: .rename, code: errno)
    }
    self.temporary = nil
    Self.flushFolder(of: target)
  }

  /// Writes a file that holds `bytes`.
  package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try AtomicFile(path: path)
    unsafe try file.write(bytes.span.bytes)
    try file.commit()
  }

  /// Writes a file that holds `text` in UTF-8.
  package static func write(_ text: String, to path: String) throws(FileError) {
    try write(Array(text.utf8), to: path)
  }
}

extension AtomicFile {
  /// Past the limit of `ulimit -f` the system would end the process, leaving the temporary file; ignored once and for
  /// all, the signal gives way to the error EFBIG.
  private static let prepareProcess: Void = { _ = signal(SIGXFSZ, SIG_IGN) }()

  private static func open(_ target: WriteTarget, for path: String) throws(FileError) -> (Int32, temporary: String?) {
    switch target {
    case .inPlace(let device):
      let descriptor = systemOpen(device, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileError(path: path, operation: .create, code: errno) }
      return (descriptor, nil)
    case .replace(let file, let mode):
      let folder = WriteTarget.folder(of: file)
      var code = EEXIST
      // A name may be taken by another thread of this process, or left over from a killed one.
      for number in 0..<10_000 where code == EEXIST {
        let candidate = "\(folder).qtool-\(getpid())-\(number).part"
        let descriptor = systemOpen(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC)
        code = errno
        guard descriptor >= 0 else { continue }
        // Fails where the file belongs to someone else; the new one then keeps the permissions of a new file.
        if let mode { _ = fchmod(descriptor, mode) }
        return (descriptor, candidate)
      }
      throw FileError(path: path, operation: .create, code: code)
    }
  }

  /// Makes the rename itself survive a power failure, on file systems that can; it has happened in any case.
  private static func flushFolder(of target: String) {
    let folder = WriteTarget.folder(of: target)
    let descriptor = systemOpen(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// A new file gets the permissions that the umask leaves of `rw-rw-rw-`.
  private static func systemOpen(_ path: String, _ flags: Int32) -> Int32 {
    #if canImport(Musl)
    unsafe Musl.open(path, flags, 0o666)
    #else
    unsafe Glibc.open(path, flags, 0o666)
    #endif
  }

  private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Musl)
    unsafe Musl.write(descriptor, bytes, count)
    #else
    unsafe Glibc.write(descriptor, bytes, count)
    #endif
  }
}
