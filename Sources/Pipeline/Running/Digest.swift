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

  /// Of bytes in memory.
  static func of(_ bytes: Data) -> String { hexadecimal(SHA256.hash(data: bytes)) }

  /// Of a set of files: the digest of their sorted digests, which a permuted manifest leaves as it is.
  ///
  /// A file that cannot be read counts as empty: the run itself says what is wrong with it.
  ///
  /// - Parameters:
  ///   - workers: How many files are read at the same time.
  ///   - isCancelled: Where it answers true, the rest is left out and the digest means nothing.
  package static func ofSet(
    _ paths: [String], workers: Int = 2, isCancelled: @Sendable () -> Bool = { false }
  ) -> String {
    var each = parallelMap(paths.count, workers: workers) { index in
      var hash = SHA256()
      try? update(&hash, with: paths[index], isCancelled: isCancelled)
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
    // One small piece of memory for all reads: it stays in the processor's cache.
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    do {
      guard let file = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileReadNoSuchFile) }
      defer { try? file.close() }
      while !isCancelled() {
        let count = unsafe piece.withUnsafeMutableBytes { unsafe read(file.fileDescriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw CocoaError(.fileReadUnknown) }
        guard count > 0 else { break }
        unsafe piece.withUnsafeBytes { piece in
          unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
      }
    } catch {
      throw PipelineError(.missingInput, "\(path): expected a file that can be read, found none; check the path")
    }
  }

  private static func hexadecimal(_ digest: SHA256Digest) -> String {
    digest.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
  }
}
