extension CacheDocument {
  mutating func note(_ member: JSONMember, _ kind: CacheIrregularity.Kind) {
    irregularities.append(CacheIrregularity(line: member.line, kind))
  }

  /// Lists `member` where another of its name came before it.
  mutating func noteIfRepeated(_ member: JSONMember, _ names: inout FirstLines) {
    if let first = names.earlier(member.name, line: member.line) {
      note(member, .duplicateName(member.name, firstLine: first))
    }
  }
}
