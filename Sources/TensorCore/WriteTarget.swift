#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where the bytes meant for a path have to go.
enum WriteTarget: Equatable {
  /// A regular file, there already or not: it is replaced as a whole. `mode` holds the permissions of the one there.
  case replace(String, mode: mode_t?)
  /// A device or a pipe, which cannot be replaced by a file: it is written through.
  case inPlace(String)

  /// The path of the file, device or pipe itself.
  var path: String {
    switch self {
    case .replace(let path, _), .inPlace(let path): path
    }
  }

  /// Follows the links at `path`, so that a link stays one and the file that it names is replaced.
  ///
  /// - Throws: `create`, where there is a folder at `path`, a file that may not be written, or a circle of links.
  init(path: String) throws(FileError) {
    // A zero byte would end the path that the system sees.
    guard !path.isEmpty, !path.utf8.contains(0) else { throw FileError(path: path, operation: .create, code: EINVAL) }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else {
      guard errno == ENOENT else { throw FileError(path: path, operation: .create, code: errno) }
      // Nothing there, or a link that leads nowhere yet.
      self = .replace(try Self.followingLinks(path), mode: nil)
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw FileError(path: path, operation: .create, code: EISDIR)
    case S_IFREG:
      // Renaming asks for permission on the folder only; a file protected against writing shall stay protected.
      guard unsafe faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 else {
        throw FileError(path: path, operation: .create, code: errno)
      }
      self = .replace(try Self.followingLinks(path), mode: status.st_mode & 0o777)
    default: self = .inPlace(path)
    }
  }

  /// The path that the last component of `path` leads to, over as many links as the system itself would follow.
  private static func followingLinks(_ path: String) throws(FileError) -> String {
    var place = path
    for _ in 0..<40 {
      guard let bytes = linkBytes(place) else { return place }
      guard let link = String(validating: bytes, as: UTF8.self) else {
        throw FileError(path: path, operation: .create, code: EILSEQ)
      }
      place = link.hasPrefix("/") ? link : folder(of: place) + link
    }
    throw FileError(path: path, operation: .create, code: ELOOP)
  }

  /// What the link at `path` holds, or nil where there is none.
  private static func linkBytes(_ path: String) -> [UInt8]? {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let length = unsafe readlink(path, base, buffer.count)
      return unsafe length < 0 ? nil : buffer[..<length].map { UInt8(bitPattern: $0) }
    }
  }

  /// The folder part of `path` with its closing slash; empty for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(path[...slash])
  }
}
