/// How far one picture's predicted classes cover its labelled ones: all that intersection over union needs, in a few
/// numbers for each class.
package struct ClassOverlap: Sendable, Hashable {
  package struct Count: Sendable, Hashable {
    package let category: Int32
    /// Pixels of this class in both.
    package var shared = 0
    package var predicted = 0
    package var labelled = 0

    package var union: Int { predicted + labelled - shared }
  }

  /// Of every class that occurs in either, ascending.
  package private(set) var counts: [Count] = []
  /// Pixels with a label.
  package private(set) var pixels = 0
  /// Of these, pixels that are predicted right.
  package private(set) var right = 0

  package init() {}

  /// - Parameters: Maps of one size. A pixel whose label is ``ClassMap/none`` does not count; one without a predicted
  ///   class is wrong.
  package init(prediction: ClassMap, label: ClassMap) {
    var byCategory: [Int32: Count] = [:]
    for (found, wanted) in zip(prediction.classes, label.classes) where wanted != ClassMap.none {
      pixels += 1
      byCategory[wanted, default: Count(category: wanted)].labelled += 1
      if found == wanted {
        right += 1
        byCategory[wanted]?.shared += 1
      }
      if found != ClassMap.none { byCategory[found, default: Count(category: found)].predicted += 1 }
    }
    counts = byCategory.values.sorted { $0.category < $1.category }
  }

  /// The share of labelled pixels that are right; NaN where no pixel has a label.
  package var accuracy: Double { Double(right) / Double(pixels) }
}

/// Intersection over union of each class over a whole set: `Σ shared / Σ (predicted ∪ labelled)`, pixels of all pictures
/// added up before dividing, as PASCAL VOC and Cityscapes count it.
package struct IntersectionOverUnion: Sendable {
  private let pictures: [ClassOverlap]
  /// Every class that occurs anywhere, ascending.
  package let categories: [Int32]

  package init(_ pictures: [ClassOverlap]) {
    self.pictures = pictures
    categories = Set(pictures.lazy.flatMap(\.counts).map(\.category)).sorted()
  }

  /// By class of ``categories``; NaN for one that no drawn picture has.
  ///
  /// - Parameter drawn: How often each picture counts; nil for once each.
  package func perClass(drawn: Span<Int32>? = nil) -> [Double] {
    var shared = [Int](repeating: 0, count: categories.count)
    var union = shared
    for (index, picture) in pictures.enumerated() {
      var times = 1
      if let drawn { times = Int(drawn[index]) }
      guard times > 0 else { continue }
      // Both lists ascend: one walk finds every place.
      var place = 0
      for count in picture.counts {
        while categories[place] < count.category { place += 1 }
        shared[place] += times * count.shared
        union[place] += times * count.union
      }
    }
    return zip(shared, union).map { $1 > 0 ? Double($0) / Double($1) : .nan }
  }

  /// The mean over the classes that are labelled or predicted anywhere among the drawn pictures; NaN without any.
  package func mean(drawn: Span<Int32>? = nil) -> Double {
    let known = perClass(drawn: drawn).filter { !$0.isNaN }
    return known.isEmpty ? .nan : known.reduce(0, +) / Double(known.count)
  }

  /// The share of labelled pixels that are right; NaN without any.
  package func accuracy(drawn: Span<Int32>? = nil) -> Double {
    var right = 0, pixels = 0
    for (index, picture) in pictures.enumerated() {
      var times = 1
      if let drawn { times = Int(drawn[index]) }
      right += times * picture.right
      pixels += times * picture.pixels
    }
    return pixels > 0 ? Double(right) / Double(pixels) : .nan
  }

  /// How many pixels are labelled with a class of ``categories``.
  package func labelledPixels(_ category: Int32) -> Int {
    pictures.reduce(0) { total, picture in
      total + (picture.counts.first { $0.category == category }?.labelled ?? 0)
    }
  }
}
