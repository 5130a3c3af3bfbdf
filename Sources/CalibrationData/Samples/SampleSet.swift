/// A data set: its samples by place, read one at a time when asked for. Several threads may read at once.
package struct SampleSet: Sendable {
  /// The file or folder as the user named it.
  package let location: String
  /// Sample `i` has rank `i`.
  package let samples: [Sample]
  /// The manifest's columns besides `file` and `label`.
  package let sliceColumns: [String]
  /// The class folders' names by label; empty where there are none.
  package let classNames: [String]
  /// The files that hold the values, each once, in the order of the samples; to be hashed for the record.
  package let contentPaths: [String]

  init(
    location: String, samples: [Sample], sliceColumns: [String] = [], classNames: [String] = [],
    contentPaths: [String]
  ) throws(DataError) {
    guard !samples.isEmpty else { throw DataError(location, .noSamples(expected: "at least one sample")) }
    var seen: Set<String> = []
    self.location = location
    self.samples = samples
    self.sliceColumns = sliceColumns
    self.classNames = classNames
    self.contentPaths = contentPaths.filter { seen.insert($0).inserted }
  }

  package var count: Int { samples.count }

  /// Whether every sample has a label.
  package var isLabelled: Bool { samples.allSatisfy { $0.label != nil } }
}
