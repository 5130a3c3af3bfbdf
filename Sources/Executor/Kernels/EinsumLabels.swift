import TensorCore

/// The equation of ``Einsum`` as written: a letter per axis, and dots for axes without a name.
struct EinsumEquation: Sendable {
  let text: String
  /// For each input, its letters; nil stands for the dots.
  let inputs: [[Character?]]
  /// Nil where the equation leaves the result open.
  let output: [Character?]?

  /// Nil for text that is no equation.
  init?(_ text: String) {
    self.text = text
    let plain = text.filter { $0 != " " }
    let sides = plain.split(separator: ">", omittingEmptySubsequences: false).map(String.init)
    guard sides.count <= 2, let left = sides.first else { return nil }
    guard sides.count == 1 || left.hasSuffix("-") else { return nil }
    func letters(_ term: Substring) -> [Character?]? {
      var result: [Character?] = [], rest = term
      while let next = rest.first {
        if rest.hasPrefix("...") {
          result.append(nil)
          rest = rest.dropFirst(3)
        } else {
          guard next.isASCII, next.isLetter else { return nil }
          result.append(next)
          rest = rest.dropFirst()
        }
      }
      return result.filter { $0 == nil }.count <= 1 ? result : nil
    }
    let terms = (sides.count == 2 ? left.dropLast() : left[...]).split(separator: ",", omittingEmptySubsequences: false)
    let inputs = terms.compactMap(letters)
    guard inputs.count == terms.count else { return nil }
    self.inputs = inputs
    guard sides.count == 2 else {
      output = nil
      return
    }
    guard let output = letters(sides[1][...]) else { return nil }
    self.output = output
  }
}

/// The axes of an ``EinsumEquation`` for given shapes, each with a number.
struct EinsumLabels: Sendable {
  /// The axes of each input, outermost first.
  let inputs: [[Int]]
  let output: [Int]
  /// Those that are summed over.
  let summed: [Int]
  let extents: [Int]
  private let steps: [[Int]]

  var outputShape: Shape { Shape(output.map { extents[$0] }) }

  /// How far apart two neighbours along axis `label` lie in an input; 0 where it repeats or is not there.
  func step(of label: Int, input: Int) -> Int { steps[input][label] }

  /// Nil where the shapes do not fit the equation.
  init?(_ equation: EinsumEquation, _ shapes: [Shape]) {
    guard equation.inputs.count == shapes.count else { return nil }
    // Unnamed axes are aligned at their end, as broadcasting does.
    let unnamed = zip(equation.inputs, shapes).map { $1.rank - $0.filter { $0 != nil }.count }
    guard zip(equation.inputs, unnamed).allSatisfy({ $0.contains(nil) ? $1 >= 0 : $1 == 0 }) else { return nil }
    let dots = zip(equation.inputs, unnamed).map { $0.contains(nil) ? $1 : 0 }.max() ?? 0
    var letters: [Character] = []
    for letter in equation.inputs.joined() { if let letter, !letters.contains(letter) { letters.append(letter) } }
    let letterNumbers = Dictionary(uniqueKeysWithValues: letters.enumerated().map { ($1, dots + $0) })
    func numbers(_ term: [Character?], _ unnamed: Int) -> [Int]? {
      var result: [Int] = []
      for letter in term {
        guard let letter else {
          result += (dots - unnamed)..<dots
          continue
        }
        guard let number = letterNumbers[letter] else { return nil }
        result.append(number)
      }
      return result
    }
    let inputs = zip(equation.inputs, unnamed).compactMap { numbers($0, $1) }
    guard inputs.count == shapes.count else { return nil }
    var extents = [Int](repeating: 1, count: dots + letters.count)
    for (axes, shape) in zip(inputs, shapes) {
      for (axis, label) in axes.enumerated() where shape[axis] != 1 {
        guard extents[label] == 1 || extents[label] == shape[axis] else { return nil }
        extents[label] = shape[axis]
      }
    }
    var steps: [[Int]] = []
    for (axes, shape) in zip(inputs, shapes) {
      var own = [Int](repeating: 0, count: extents.count)
      // A letter that stands twice runs along the diagonal.
      for (axis, label) in axes.enumerated() where shape[axis] != 1 { own[label] += shape.strides[axis] }
      steps.append(own)
    }
    if let written = equation.output {
      guard let output = numbers(written, written.contains(nil) ? dots : 0), Set(output).count == output.count else {
        return nil
      }
      self.output = output
    } else {
      // Without a result the dots, then every letter that stands once, in alphabetical order.
      let all = equation.inputs.joined().compactMap { $0 }
      let once = letters.filter { letter in all.filter { $0 == letter }.count == 1 }.sorted()
      output = Array(0..<dots) + once.compactMap { letterNumbers[$0] }
    }
    let kept = output
    summed = (0..<extents.count).filter { !kept.contains($0) }
    self.inputs = inputs
    self.extents = extents
    self.steps = steps
  }
}
