/// How the outputs of a recognizer become a text: the best symbol of each step, one after the other.
package struct TextDecoder: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Connectionist temporal classification (Graves et al. 2006), decoded greedily: repeated symbols count once,
    /// then blanks go.
    case ctc
    /// A symbol for each step, up to the one that ends the text; blanks go.
    case steps
  }

  /// The order of steps and classes in the output.
  package enum Layout: String, Sendable, Hashable, CaseIterable {
    /// `[1, steps, classes]`.
    case ntc
    /// `[steps, 1, classes]`.
    case tnc
    /// `[1, classes, steps]`.
    case nct
  }

  package var kind: Kind
  package var layout: Layout
  /// The symbols of all classes but the blank, in the order of the classes.
  package var alphabet: [String]
  /// The class that stands for no symbol; nil for none.
  package var blank: Int?
  /// The class that ends the text, of the kind ``Kind/steps``. It has no symbol either.
  package var end: Int?

  package init(
    kind: Kind = .ctc, layout: Layout = .ntc, alphabet: [String], blank: Int? = 0, end: Int? = nil
  ) {
    self.kind = kind
    self.layout = layout
    self.alphabet = alphabet
    self.blank = blank
    self.end = end
  }

  /// How many classes the network must have.
  package var classCount: Int { alphabet.count + silent.count }

  /// The classes without a symbol, ascending.
  private var silent: [Int] { Set([blank, kind == .steps ? end : nil].compactMap(\.self)).sorted() }

  /// The text. Of equal scores the first class is the best; NaN is never the best, and a step of nothing but NaN is a
  /// blank.
  ///
  /// - Parameters:
  ///   - extents: As ``layout`` says; `[1, steps]` or `[steps]` where the output holds classes and not scores.
  ///   - values: As many as the extents ask for.
  package func decode(extents: [Int], values: [Float]) throws(OutputMismatch) -> String {
    let classes = try best(extents, values)
    var symbols: [String] = []
    var previous: Int?
    for found in classes {
      defer { previous = found }
      if kind == .steps, let end, found == end { break }
      if kind == .ctc, found == previous { continue }
      if let found, let symbol = symbol(of: found) { symbols.append(symbol) }
    }
    return symbols.joined()
  }

  private func symbol(of category: Int) -> String? {
    guard !silent.contains(category) else { return nil }
    let place = category - silent.count { $0 < category }
    return alphabet.indices.contains(place) ? alphabet[place] : nil
  }

  private func best(_ extents: [Int], _ values: [Float]) throws(OutputMismatch) -> [Int?] {
    let isBatchOfOne = extents.count == 2 && extents[0] == 1
    if extents.count == 1 || (isBatchOfOne && extents[1] != classCount) {
      guard values.count == extents.last else { throw mismatch(extents) }
      return values.map { Int(exactly: $0.rounded(.toNearestOrEven)) }
    }
    var shape = extents
    if shape.count == 3 {
      let batch = layout == .tnc ? 1 : 0
      guard shape[batch] == 1 else { throw mismatch(extents) }
      shape.remove(at: batch)
    }
    guard shape.count == 2, shape[0] * shape[1] == values.count else { throw mismatch(extents) }
    let (steps, count) = layout == .nct ? (shape[1], shape[0]) : (shape[0], shape[1])
    guard count == classCount else { throw mismatch(extents) }
    let (stepStride, classStride) = layout == .nct ? (1, steps) : (count, 1)
    return (0..<steps).map { step in
      var best: Int?
      for category in 0..<count {
        let value = values[step * stepStride + category * classStride]
        if value.isNaN { continue }
        if let leader = best, values[step * stepStride + leader * classStride] >= value { continue }
        best = category
      }
      return best
    }
  }

  private func mismatch(_ extents: [Int]) -> OutputMismatch {
    let shape =
      switch layout {
      case .ntc: "[1, steps, \(classCount)]"
      case .tnc: "[steps, 1, \(classCount)]"
      case .nct: "[1, \(classCount), steps]"
      }
    return OutputMismatch(
      reader: "text", expected: "an output \(shape), for \(alphabet.count) symbols and \(silent.count) without",
      found: "\(extents)")
  }
}
