/// A file format for calibration caches: a reader and a writer that undo each other.
package protocol CacheFormat: SendableMetatype {
  /// What `--format` calls it.
  static var name: String { get }

  /// One line for the help page.
  static var summary: String { get }

  /// Whether a file that begins like this is probably of this format.
  static func recognizes(_ bytes: [UInt8]) -> Bool

  /// Reads a whole file.
  ///
  /// - Parameter place: What errors call the file.
  static func read(_ bytes: [UInt8], place: String) throws(CacheError) -> CacheDocument

  /// The bytes of a whole file.
  static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8]
}

/// The formats there are.
package enum CacheFormats {
  /// Every format. A new one is added to this list and nowhere else.
  package static let all: [any CacheFormat.Type] = [TensorRTCache.self]

  /// The format called `name`.
  package static func named(_ name: String) throws(CacheError) -> any CacheFormat.Type {
    guard let format = all.first(where: { $0.name == name }) else {
      throw .unknownFormat(name, known: all.map { $0.name })
    }
    return format
  }

  /// Reads a file of whichever format it seems to be.
  package static func read(
    _ bytes: [UInt8], place: String
  ) throws(CacheError) -> (document: CacheDocument, format: any CacheFormat.Type) {
    guard let format = all.first(where: { $0.recognizes(bytes) }) else {
      throw .unrecognized(place: place, known: all.map { $0.name })
    }
    return (try format.read(bytes, place: place), format)
  }
}
