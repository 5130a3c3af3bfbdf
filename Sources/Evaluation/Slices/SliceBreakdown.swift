/// The samples of one value of a slice column, such as `condition = dim`.
package struct SliceGroup: Sendable, Hashable {
  package let column: String
  package let value: String
  /// Places in the list of samples, ascending.
  package let members: [Int]
}

/// A slice, and how much more its samples lose than all the others.
package struct SliceFinding: Sendable, Hashable {
  package let group: SliceGroup
  /// The mean loss of the slice's samples.
  package let mean: Double
  /// The mean loss of all other samples.
  package let rest: Double
  /// The one-sided p-value of "this slice loses more than the rest", adjusted for the number of slices (Holm).
  package let p: Double
}

/// Samples grouped by the values of each slice column.
package struct SliceBreakdown: Sendable {
  /// Columns in the order given, values in the order of their UTF-8 bytes.
  package let groups: [SliceGroup]

  /// - Parameter samples: For each sample the value of each column, all in the same order of columns.
  /// - Parameter mostValues: A column with more values than this, such as a file name or a time stamp, is left out.
  package init(_ samples: [[(column: String, value: String)]], mostValues: Int = 64) {
    var columns: [String] = []
    var members: [String: [String: [Int]]] = [:]
    for (place, sample) in samples.enumerated() {
      for (column, value) in sample {
        if members[column] == nil { columns.append(column) }
        members[column, default: [:]][value, default: []].append(place)
      }
    }
    var groups: [SliceGroup] = []
    for column in columns {
      let values = members[column] ?? [:]
      guard values.count <= mostValues, values.count < samples.count || samples.count <= 2 else { continue }
      for value in values.keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
        groups.append(SliceGroup(column: column, value: value, members: values[value] ?? []))
      }
    }
    self.groups = groups
  }

  /// Every slice with its loss beside that of the rest: the least likely by chance first, then the greatest loss.
  ///
  /// - Parameter losses: Finite, one per sample: 1 for a lost decision, or any number that grows with the damage.
  package func findings(losses: [Double], test: PermutationTest = PermutationTest()) -> [SliceFinding] {
    // A column of one value has no rest to compare with.
    let compared = groups.filter { $0.members.count < losses.count }
    let adjusted = MultipleTests.holm(compared.map { test.p(members: $0.members, values: losses) })
    let total = losses.reduce(0, +)
    let findings = zip(compared, adjusted).map { group, p in
      let own = group.members.reduce(0) { $0 + losses[$1] }
      let others = Double(losses.count - group.members.count)
      return SliceFinding(
        group: group, mean: own / Double(group.members.count), rest: (total - own) / others, p: p)
    }
    return findings.enumerated().sorted { left, right in
      (left.element.p, -(left.element.mean - left.element.rest), left.offset)
        < (right.element.p, -(right.element.mean - right.element.rest), right.offset)
    }.map(\.element)
  }
}
