/// A file format for calibration caches: a reader and a writer that undo each other.
package protocol CacheFormat: SendableMetatype {
  /// What `--format` calls it.
  static var name: String { get }

  /// One line for the help page.
  static var summary: String { get }

  /// What it can hold beside names and symmetric scales.
  static var content: CacheFormatContent { get }

  /// Whether a file that begins like this is probably of this format.
  static func recognizes(_ file: CacheFile) -> Bool

  /// Reads a whole file.
  ///
  /// - Parameter place: What errors call the file.
  static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument

  /// The bytes of a whole file. What of `document` the format has no place for is left out: ``omissions(_:from:)``
  /// lists it.
  static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8]
}

extension CacheFormat {
  package static func recognizes(_ bytes: [UInt8]) -> Bool { recognizes(CacheFile(bytes)) }

  package static func read(_ bytes: [UInt8], place: String) throws(CacheError) -> CacheDocument {
    try read(CacheFile(bytes), place: place)
  }
}

/// The formats there are.
package enum CacheFormats {
  /// Every format. A new one is added to this list and nowhere else. A file is of the first that recognizes it.
  package static let all: [any CacheFormat.Type] = [
    TensorRTCache.self, CalibrationRecordFormat.self, OnnxruntimeTensorsData.self, OnnxruntimeJSON.self,
    OnnxruntimePairsJSON.self, AIMETEncodings061.self, AIMETEncodings100.self, AIMETEncodings200.self, PPQRanges.self,
    OnnxruntimeFlatbuffers.self, NCNNTable.self, TensorRTRanges.self, OnnxruntimeCache.self,
  ]

  /// The format called `name`.
  package static func named(_ name: String) throws(CacheError) -> any CacheFormat.Type {
    guard let format = all.first(where: { $0.name == name }) else {
      throw .unknownFormat(name, known: all.map { $0.name })
    }
    return format
  }

  /// Reads a file of whichever format it seems to be.
  package static func read(
    _ file: CacheFile, place: String
  ) throws(CacheError) -> (document: CacheDocument, format: any CacheFormat.Type) {
    guard let format = all.first(where: { $0.recognizes(file) }) else {
      // Broken JSON is no format's, but the reader of the message wants to know where it breaks.
      if case .failure? = file.json { _ = try file.root(place: place) }
      throw .unrecognized(place: place, known: all.map { $0.name })
    }
    return (try format.read(file, place: place), format)
  }

  package static func read(
    _ bytes: [UInt8], place: String
  ) throws(CacheError) -> (document: CacheDocument, format: any CacheFormat.Type) {
    try read(CacheFile(bytes), place: place)
  }
}
