import Crypto
import Foundation

/// SHA-256 over files, read in pieces, as 64 hexadecimal digits.
package enum Digest {
  /// Of the content of the files, one after the other.
  ///
  /// - Throws: ``PipelineError`` that names the file that cannot be read.
  package static func ofFiles(_ paths: [String]) throws(PipelineError) -> String {
    var hash = SHA256()
    for path in paths { try update(&hash, with: path) }
    return hexadecimal(hash.finalize())
  }

  /// Of a set of files: the digest of their sorted digests, which a permuted manifest leaves as it is.
  ///
  /// A file that cannot be read counts as empty: the run itself says what is wrong with it.
  ///
  /// - Parameter isCancelled: Where it answers true, the rest is left out and the digest means nothing.
  package static func ofSet(_ paths: [String], isCancelled: () -> Bool = { false }) -> String {
    var each = paths.map { path in
      var hash = SHA256()
      try? update(&hash, with: path, isCancelled: isCancelled)
      return hexadecimal(hash.finalize())
    }
    each.sort()
    var hash = SHA256()
    for digest in each { hash.update(data: Data(digest.utf8)) }
    return hexadecimal(hash.finalize())
  }

  private static func update(
    _ hash: inout SHA256, with path: String, isCancelled: () -> Bool = { false }
  ) throws(PipelineError) {
    do {
      guard let file = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileReadNoSuchFile) }
      defer { try? file.close() }
      while !isCancelled(), let chunk = try file.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
    } catch {
      throw PipelineError(.missingInput, "\(path): expected a file that can be read, found none; check the path")
    }
  }

  private static func hexadecimal(_ digest: SHA256Digest) -> String {
    digest.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
  }
}
