/// The bytes of a file, and the JSON in them where it begins like JSON: parsed once, for every format that asks.
package struct CacheFile: Sendable {
  package let bytes: [UInt8]
  /// Nil where the file does not begin with `{`.
  package let json: Result<JSON, JSONFault>?

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    let start = bytes.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    guard start == UInt8(ascii: "{") else {
      json = nil
      return
    }
    do throws(JSONFault) {
      json = .success(try JSON(parsing: bytes))
    } catch {
      json = .failure(error)
    }
  }

  /// The members of the object that the file is; nil where it is none.
  package var members: [JSONMember]? {
    guard case .success(.object(let members))? = json else { return nil }
    return members
  }

  /// The file as a JSON value for checked access.
  package func root(place: String) throws(CacheError) -> JSONCursor {
    switch json {
    case .success(let value)?: return JSONCursor(value, place: place)
    case .failure(let fault)?:
      throw .line(place: place, line: fault.line, expected: fault.expected, found: fault.found)
    case nil: throw .line(place: place, line: 1, expected: "a JSON object", found: "something else")
    }
  }
}
