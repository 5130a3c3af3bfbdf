/// Tensors' bounds as onnxruntime's JSON holds them: `{"lowest": {"data": [0.0], "dtype": "float32", "CLS":
/// "numpy.array"}, "highest": …, "CLS": "TensorData"}`.
enum NumpyRanges {
  static func read(_ tensors: JSONCursor, into document: inout CacheDocument) throws(CacheError) {
    var names = FirstLines()
    for member in try tensors.members() {
      let tensor = tensors.child(member)
      let lowest = try numbers(try tensor["lowest"], member, &document)
      let highest = try numbers(try tensor["highest"], member, &document)
      guard !lowest.isEmpty, lowest.count == highest.count else { throw tensor.fault("as many bounds above as below") }
      if lowest.count > 1 {
        document.note(
          member,
          .leftOut("bounds of \(lowest.count) channels of tensor '\(member.name)'", reason: "their hull is kept"))
      }
      let others = try tensor.members().map(\.name).filter { !["lowest", "highest", "CLS"].contains($0) }
      if !others.isEmpty {
        document.note(
          member,
          .leftOut("\(others.joined(separator: ", ")) of tensor '\(member.name)'", reason: "only bounds are kept"))
      }
      document.noteIfRepeated(member, &names)
      let ranges = zip(lowest, highest).map { CacheRange(lower: $0, upper: $1) }
      document.entries.append(
        CacheEntry(name: member.name, range: ranges.dropFirst().reduce(ranges[0]) { $0.union($1) }))
    }
  }

  static func members(_ document: CacheDocument) -> [JSONMember] {
    document.entries.filter { $0.role == .activation }.map { entry in
      let range = entry.writtenRange
      return JSONMember(
        entry.name, ["lowest": array(range.lower), "highest": array(range.upper), "CLS": .string("TensorData")])
    }
  }

  private static func array(_ value: Double) -> JSON {
    // numpy's binary32, printed as the binary64 number that equals it.
    let narrow = Double(Float(value))
    return ["data": .array([.number(narrow)]), "dtype": .string("float32"), "CLS": .string("numpy.array")]
  }

  private static func numbers(
    _ cursor: JSONCursor, _ member: JSONMember, _ document: inout CacheDocument
  ) throws(CacheError) -> [Double] {
    guard case .object = cursor.value else { return [try cursor.number()] }
    let type = try cursor.optional("dtype")?.string() ?? "float32"
    if type != "float32" {
      document.note(member, .leftOut("the type \(type) of tensor '\(member.name)'", reason: "float32 is written"))
    }
    return try cursor["data"].numbers()
  }
}
