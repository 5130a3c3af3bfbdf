import FoundationEssentials

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Why a file cannot be opened.
enum FileFault: Error {
  case missing
  case folder
  /// The system's reason.
  case unreadable(String)
}

/// The bytes of a regular file, mapped into memory: nothing is read before it is looked at.
///
/// A file that another program shortens meanwhile stops the process, as with every mapped file.
func mappedFile(at path: String) throws(FileFault) -> Data {
  // Without O_NONBLOCK a named pipe would wait for a writer.
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw fileFault(errno) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw fileFault(errno) }
  switch status.st_mode & S_IFMT {
  case S_IFREG: break
  case S_IFDIR: throw .folder
  default: throw .unreadable("not a regular file")
  }
  let size = Int(status.st_size)
  // An empty mapping is an error to the system.
  guard size > 0 else { return Data() }
  let base = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
  guard let base = unsafe base, unsafe base != MAP_FAILED else { throw fileFault(errno) }
  return unsafe Data(bytesNoCopy: base, count: size, deallocator: .custom { unsafe _ = munmap($0, $1) })
}

/// The path without links, `.` and `..`.
func resolvedPath(_ path: String) throws(FileFault) -> String {
  guard let resolved = unsafe realpath(path, nil) else { throw fileFault(errno) }
  defer { unsafe free(resolved) }
  return unsafe String(cString: resolved)
}

private func fileFault(_ code: Int32) -> FileFault {
  switch code {
  case ENOENT, ENOTDIR: .missing
  case EISDIR: .folder
  default: .unreadable(unsafe String(cString: strerror(code)))
  }
}
