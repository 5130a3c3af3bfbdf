/// A field's name, whatever it is.
struct AnyKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}

/// Reads the fields of one group and words every mistake with the field's name.
struct Fields {
  private let container: KeyedDecodingContainer<AnyKey>
  private let prefix: String

  /// - Throws: ``DataError`` where the decoder holds no group, or a field that is not `known`.
  init(_ decoder: any Decoder, prefix: String, known: [String]) throws {
    guard let container = try? decoder.container(keyedBy: AnyKey.self) else {
      throw Preprocessing.fault(prefix, expected: "fields and values", found: "something else")
    }
    try self.init(container, prefix: prefix, known: known)
  }

  private init(_ container: KeyedDecodingContainer<AnyKey>, prefix: String, known: [String]) throws(DataError) {
    self.container = container
    self.prefix = prefix
    for name in container.allKeys.map(\.stringValue).sorted() where !known.contains(name) {
      throw Preprocessing.fault(prefix + name, expected: "one of " + known.joined(separator: ", "), found: "this name")
    }
  }

  /// Whether the field is there and not null.
  func has(_ name: String) -> Bool {
    container.contains(AnyKey(name)) && (try? container.decodeNil(forKey: AnyKey(name))) != true
  }

  func nested(_ name: String, known: [String]) throws(DataError) -> Fields? {
    guard has(name) else { return nil }
    guard let inner = try? container.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey(name)) else {
      throw Preprocessing.fault(prefix + name, expected: "fields and values", found: "something else")
    }
    return try Fields(inner, prefix: prefix + name + ".", known: known)
  }

  /// One of a few words.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) throws(DataError) -> Choice? {
    guard has(name) else { return nil }
    let text = try? container.decode(String.self, forKey: AnyKey(name))
    if let text, let choice = Choice(rawValue: text) { return choice }
    let expected = "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw Preprocessing.fault(prefix + name, expected: expected, found: text.map { "'\($0)'" } ?? "no word")
  }

  /// A number, or a list of 1 to `limit` numbers.
  func numbers(_ name: String, limit: Int) throws(DataError) -> [Float]? {
    guard has(name) else { return nil }
    if let one = try? container.decode(Float.self, forKey: AnyKey(name)) { return [one] }
    let list = try? container.decode([Float].self, forKey: AnyKey(name))
    if limit > 1, let list, (1...limit).contains(list.count) { return list }
    let expected = limit == 1 ? "a number" : "a number or a list of up to \(limit)"
    throw Preprocessing.fault(
      prefix + name, expected: expected, found: list.map { "a list of \($0.count)" } ?? "something else")
  }

  /// A length for both sides, or height and width.
  func extent(_ name: String) throws(DataError) -> Preprocessing.Extent? {
    guard has(name) else { return nil }
    if let side = try? container.decode(Int.self, forKey: AnyKey(name)) {
      return Preprocessing.Extent(height: side, width: side)
    }
    if let pair = try? container.decode([Int].self, forKey: AnyKey(name)), pair.count == 2 {
      return Preprocessing.Extent(height: pair[0], width: pair[1])
    }
    throw Preprocessing.fault(
      prefix + name, expected: "a length or [height, width] in whole pixels", found: "something else")
  }
}
