#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that cannot be written, and why. A command that meets it ends with exit code 73, *cannot write*.
package struct FileError: Error, Equatable, Sendable {
  package enum Operation: String, Sendable {
    case create, write, flush, rename
  }

  /// The path as the caller gave it.
  package let path: String
  package let operation: Operation
  /// The system's error number.
  package let code: Int32

  package init(path: String, operation: Operation, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
  }

  /// The system's own words for ``code``.
  package var systemText: String { unsafe String(cString: strerror(code)) }
}

extension FileError: CustomStringConvertible {
  /// One line: *place: what was expected, what was found; what to do*.
  package var description: String {
    let place = path.isEmpty ? "output file" : path
    switch code {
    case _ where path.isEmpty: return "\(place): expected a path, found an empty one; name the file"
    case ENOENT, ENOTDIR:
      return "\(place): expected an existing folder to write into, found none (\(systemText)); "
        + "create it or choose another path"
    case EISDIR: return "\(place): expected a file to write, found a folder; name a file inside it"
    case EACCES, EPERM, EROFS:
      return "\(place): expected permission to write, found none (\(systemText)); "
        + "change the permissions or choose another path"
    case ENOSPC, EDQUOT, EFBIG:
      return "\(place): expected room for the file, found none (\(systemText)); make room or choose another path"
    case ENAMETOOLONG: return "\(place): expected a shorter name, found one past the system's limit; shorten it"
    case ELOOP: return "\(place): expected a file, found links that lead in a circle; choose another path"
    default:
      return "\(place): expected to \(operation.rawValue) the file, found that it cannot be done (\(systemText)); "
        + "choose another path"
    }
  }
}
