import CalibrationData
import Foundation

/// What is odd about the samples themselves.
package struct DataEvidence: Sendable {
  /// Samples with the same values, each group by rank; of two and more.
  package let duplicates: [[Int]]
  /// Samples of which every value is the same.
  package let constants: [Int]
  /// Samples whose spread lies far from that of the others: perhaps not normalised like them.
  package let unusual: [Unusual]
  /// How many samples there were of each class that the data know, by label; empty without labels.
  package let classes: [ClassCount]

  package struct Unusual: Sendable, Hashable {
    package let rank: Int
    package let deviation: Double
    /// That of the sample in the middle.
    package let median: Double
  }

  package struct ClassCount: Sendable, Hashable {
    package let label: Int
    /// Nil where the data name no classes.
    package let name: String?
    package let samples: Int
  }

  /// How many times wider or narrower than the median a sample's spread must be to stand out.
  package static let unusualFactor = 16.0
  /// Fewer samples have no telling median.
  private static let fewest = 8

  static let none = DataEvidence(duplicates: [], constants: [], unusual: [], classes: [])

  init(duplicates: [[Int]], constants: [Int], unusual: [Unusual], classes: [ClassCount]) {
    self.duplicates = duplicates
    self.constants = constants
    self.unusual = unusual
    self.classes = classes
  }

  /// - Parameter notes: By rank.
  init(notes: [SampleNote], samples: SampleSet, skipped: [SampleRunner.SkippedSample]) {
    var byDigest: [UInt64: [Int]] = [:]
    for note in notes { byDigest[note.digest, default: []].append(note.rank) }
    duplicates = byDigest.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    constants = notes.filter { $0.lowest == $0.highest }.map(\.rank)
    // Of pictures of one colour the spread is 0 and says nothing.
    let spreads = notes.filter { $0.lowest < $0.highest }
    let sorted = spreads.map(\.deviation).sorted()
    if sorted.count >= Self.fewest, sorted[sorted.count / 2] > 0 {
      let median = sorted[sorted.count / 2]
      unusual = spreads.filter {
        $0.deviation > median * Self.unusualFactor || $0.deviation * Self.unusualFactor < median
      }.map { Unusual(rank: $0.rank, deviation: $0.deviation, median: median) }
    } else {
      unusual = []
    }
    classes = Self.classes(of: notes, samples)
  }

  private static func classes(of notes: [SampleNote], _ samples: SampleSet) -> [ClassCount] {
    var counts: [Int: Int] = [:]
    for label in samples.classNames.indices { counts[label] = 0 }
    for sample in samples.samples { if let label = sample.label { counts[label] = 0 } }
    guard !counts.isEmpty else { return [] }
    for note in notes where note.rank < samples.samples.count {
      if let label = samples.samples[note.rank].label { counts[label, default: 0] += 1 }
    }
    return counts.sorted { $0.key < $1.key }.map { label, count in
      let name = samples.classNames.indices.contains(label) ? samples.classNames[label] : nil
      return ClassCount(label: label, name: name, samples: count)
    }
  }
}
