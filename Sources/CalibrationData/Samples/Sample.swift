package import TensorCore

/// One sample of a data set: what is known of it, and how to read it.
package struct Sample: Sendable {
  /// A property by which results are broken down, such as `condition = dim`.
  package struct Slice: Sendable, Hashable {
    package let column: String
    package let value: String

    package init(column: String, value: String) {
      self.column = column
      self.value = value
    }
  }

  /// The place in the manifest, from 0, whatever part of the data set is used.
  package let rank: Int
  /// The file as the manifest names it, or `file#index` where one file holds many samples.
  package let identifier: String
  /// The number of the sample's class.
  package let label: Int?
  /// The label as the manifest has it, where it is no class: see ``SampleSet/Options/labelForm``.
  package let labelText: String?
  /// In the order of the manifest's columns.
  package let slices: [Slice]
  private let content: any SampleContent

  init(
    rank: Int, identifier: String, label: Int? = nil, labelText: String? = nil, slices: [Slice] = [],
    content: any SampleContent
  ) {
    self.rank = rank
    self.identifier = identifier
    self.label = label
    self.labelText = labelText
    self.slices = slices
    self.content = content
  }

  /// Reads the sample's tensors.
  ///
  /// Pictures become float32 as `preprocessor` says. Arrays of floats become float32 as they stand, arrays of integers
  /// keep their type; a file of its own keeps its shape, a part of a larger array gets a first axis of 1. 8-bit arrays
  /// `[H, W]` or `[H, W, 1 or 3]` are pictures where preprocessing was asked for. NaN and infinities pass.
  ///
  /// - Returns: The tensors, named where the file names them (`.npz`); valid until `preprocessor` loads a sample while
  ///   nobody holds them.
  package func load(with preprocessor: Preprocessor) throws(DataError) -> [NamedTensor] {
    try content.load(as: identifier, with: preprocessor)
  }
}

/// A tensor and the network input it is meant for.
package struct NamedTensor: Sendable {
  /// nil where the data do not say: the network's only input.
  package let name: String?
  package let tensor: Tensor

  package init(name: String?, tensor: Tensor) {
    self.name = name
    self.tensor = tensor
  }
}

/// Where a sample's values are. One type for each kind of storage.
protocol SampleContent: Sendable {
  /// - Parameter name: How messages call the sample.
  func load(as name: String, with preprocessor: Preprocessor) throws(DataError) -> [NamedTensor]
}
