/// A JSON value whose members keep their order.
package enum JSONValue: Sendable, Equatable {
  package struct Member: Sendable, Equatable {
    package let name: String
    package let value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  case null
  case bool(Bool)
  case integer(Int)
  case count(UInt64)
  /// Written with as many digits as tell it from every other binary32 number.
  case float(Float)
  /// Written with as many digits as tell it from every other binary64 number.
  case double(Double)
  case string(String)
  case array([JSONValue])
  case members([Member])

  package static func object(_ members: [(String, JSONValue)]) -> JSONValue {
    .members(members.map { Member($0.0, $0.1) })
  }

  package static func strings(_ values: [String]) -> JSONValue { .array(values.map(JSONValue.string)) }
}

extension JSONValue {
  /// The text of the value, ended by a newline: objects over several lines, arrays of plain values on one.
  package var text: String {
    var bytes: [UInt8] = []
    write(to: &bytes, indentation: 0)
    bytes.append(UInt8(ascii: "\n"))
    return String(decoding: bytes, as: UTF8.self)
  }

  private var isPlain: Bool {
    switch self {
    case .array, .members: false
    default: true
    }
  }

  private func write(to bytes: inout [UInt8], indentation: Int) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .count(let value): bytes += String(value).utf8
    case .float(let value): Self.write(value.isFinite ? "\(value)" : nil, of: Double(value), to: &bytes)
    case .double(let value): Self.write(value.isFinite ? "\(value)" : nil, of: value, to: &bytes)
    case .string(let value): Self.write(value, to: &bytes)
    case .array(let values):
      let inLine = values.allSatisfy(\.isPlain)
      Self.write(values, in: "[]", inLine: inLine, indentation: indentation, to: &bytes) { value, bytes in
        value.write(to: &bytes, indentation: indentation + 2)
      }
    case .members(let members):
      Self.write(members, in: "{}", inLine: false, indentation: indentation, to: &bytes) { member, bytes in
        Self.write(member.name, to: &bytes)
        bytes += ": ".utf8
        member.value.write(to: &bytes, indentation: indentation + 2)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], in brackets: StaticString, inLine: Bool, indentation: Int, to bytes: inout [UInt8],
    each: (Element, inout [UInt8]) -> Void
  ) {
    let pair = Array("\(brackets)".utf8)
    bytes.append(pair[0])
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes += (inLine ? ", " : ",").utf8 }
      if !inLine {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation + 2))
      }
      each(element, &bytes)
    }
    if !inLine && !elements.isEmpty {
      bytes.append(UInt8(ascii: "\n"))
      bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
    }
    bytes.append(pair[1])
  }

  /// JSON has no numbers for NaN and infinities: they are the strings `NaN`, `Infinity` and `-Infinity`.
  private static func write(_ finite: String?, of value: Double, to bytes: inout [UInt8]) {
    if let finite {
      bytes += (finite.hasSuffix(".0") ? String(finite.dropLast(2)) : finite).utf8
    } else {
      write(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity", to: &bytes)
    }
  }

  private static func write(_ string: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20, 0x7f: bytes += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
