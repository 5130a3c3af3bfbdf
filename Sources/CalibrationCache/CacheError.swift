/// A calibration cache that cannot be read or written.
package enum CacheError: Error, Equatable {
  /// The file does not begin like any format known.
  case unrecognized(place: String, known: [String])
  case unknownFormat(String, known: [String])
  /// The first line is not a header of the format.
  case header(place: String, found: String)
  /// A line does not hold a tensor's name and scale.
  case entry(place: String, line: Int, found: String)
  case notUTF8(place: String, line: Int)
  /// The format needs a header and the document has none.
  case headerMissing(format: String)
  /// The format cannot hold the name of the tensor.
  case unwritableName(String, format: String)
}

extension CacheError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unrecognized(let place, let known):
      "\(place): expected a calibration cache (\(known.joined(separator: ", "))), found something else; "
        + "name the format if it is one of these"
    case .unknownFormat(let name, let known):
      "cache format: expected one of \(known.joined(separator: ", ")), found '\(name)'; choose one of these"
    case .header(let place, let found):
      "\(place), line 1: expected a header such as 'TRT-8601-EntropyCalibration2', found '\(Self.excerpt(found))'; "
        + "is this a TensorRT calibration cache?"
    case .entry(let place, let line, let found):
      "\(place), line \(line): expected '<tensor>: <scale as up to 8 hexadecimal digits>', "
        + "found '\(Self.excerpt(found))'; mend or delete the line"
    case .notUTF8(let place, let line):
      "\(place), line \(line): expected text in UTF-8, found other bytes; is this a TensorRT calibration cache?"
    case .headerMissing(let format):
      "\(format) cache: expected a header with version and calibrator, found none; name the builder's version"
    case .unwritableName(let name, let format):
      "tensor '\(Self.excerpt(name))': expected a name that fits in a line of a \(format) cache, "
        + "found an empty one or a line break; rename the tensor"
    }
  }

  /// As much of a text as fits in a message, on one line and without control characters.
  private static func excerpt(_ text: String) -> String {
    let visible = text.unicodeScalars.prefix(60).map { scalar in
      scalar.value < 32 || scalar.value == 127 ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return visible.joined() + (text.unicodeScalars.count > 60 ? "…" : "")
  }
}
