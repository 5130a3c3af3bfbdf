import FoundationEssentials
import Glibc

/// Writes `bytes` to a file beside `path`, flushes it to the disk and renames it, so that `path` holds all or nothing.
///
/// What is no regular file, such as a pipe or `/dev/null`, is written to directly.
func writeWhole(_ bytes: Data, to path: String) throws(ONNXWriteError.Fault) {
  var status = stat()
  let isSpecial = unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  let place = isSpecial ? path : "\(path).partial-\(getpid())"
  // A file of that name is left over from a process that died; it is ours to replace.
  let descriptor = unsafe open(place, O_WRONLY | O_CLOEXEC | (isSpecial ? 0 : O_CREAT | O_TRUNC | O_NOFOLLOW), 0o666)
  guard descriptor >= 0 else { throw systemFault() }
  do throws(ONNXWriteError.Fault) {
    try write(bytes, to: descriptor, flush: !isSpecial)
    if !isSpecial, unsafe rename(place, path) != 0 { throw systemFault() }
  } catch {
    if !isSpecial { _ = unsafe unlink(place) }
    throw error
  }
}

/// Writes all of `bytes` and closes the descriptor, whatever happens.
private func write(_ bytes: Data, to descriptor: Int32, flush: Bool) throws(ONNXWriteError.Fault) {
  var rest = bytes[...]
  var fault: ONNXWriteError.Fault?
  while !rest.isEmpty, fault == nil {
    let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if written >= 0 {
      rest = rest.dropFirst(written)
    } else if errno != EINTR {
      fault = systemFault()
    }
  }
  if fault == nil, flush, fsync(descriptor) != 0 { fault = systemFault() }
  if close(descriptor) != 0, fault == nil { fault = systemFault() }
  if let fault { throw fault }
}

private func systemFault() -> ONNXWriteError.Fault { .file(unsafe String(cString: strerror(errno))) }
