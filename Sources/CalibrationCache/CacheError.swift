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
  /// The format cannot hold the scale of the tensor.
  case unwritableScale(String, scale: Float, format: String)
  /// The format is only read.
  case readOnly(format: String)
  /// A line of a text, or of JSON, is not what the format has there.
  case line(place: String, line: Int, expected: String, found: String)
  /// A field of a JSON file is not what the format has there; its path is such as `encodings[3].y_scale`.
  case field(place: String, field: String, expected: String, found: String)
  /// A binary file leads beyond its end, or to something else than the format has there.
  case binary(place: String, offset: Int, expected: String)
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
      "\(place), line \(line): expected text in UTF-8, found other bytes; is this a calibration cache?"
    case .headerMissing(let format):
      "\(format) cache: expected a header with version and calibrator, found none; name the builder's version"
    case .unwritableName(let name, let format):
      "tensor '\(Self.excerpt(name))': expected a name that fits in a line of a \(format) cache, "
        + "found one that does not; rename the tensor"
    case .unwritableScale(let name, let scale, let format):
      "tensor '\(Self.excerpt(name))': expected a scale that a \(format) file can hold, found \(scale); "
        + "leave the tensor out or give it a scale"
    case .readOnly(let format):
      "cache format '\(format)': expected one that can be written, found one that is only read; choose another"
    case .line(let place, let line, let expected, let found):
      "\(place), line \(line): expected \(expected), found '\(Self.excerpt(found))'; mend the file"
    case .field(let place, let field, let expected, let found):
      "\(place), field '\(Self.excerpt(field))': expected \(expected), found \(Self.excerpt(found)); mend the file"
    case .binary(let place, let offset, let expected):
      "\(place), byte \(offset): expected \(expected), found something else; is the file damaged?"
    }
  }

  /// As much of a text as fits in a message, on one line and without control characters.
  static func excerpt(_ text: String) -> String {
    let visible = text.unicodeScalars.prefix(60).map { scalar in
      scalar.value < 32 || scalar.value == 127 ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return visible.joined() + (text.unicodeScalars.count > 60 ? "…" : "")
  }
}
