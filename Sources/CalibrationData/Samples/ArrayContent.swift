import TensorCore

/// One sample of arrays whose first axis counts the samples.
struct ArrayContent: SampleContent {
  /// One for each input, not in Fortran order, with the name of the input where the file gives one.
  let arrays: [(name: String?, array: StoredArray)]
  let index: Int

  func load(as name: String, with preprocessor: Preprocessor) throws(DataError) -> [NamedTensor] {
    var tensors: [NamedTensor] = []
    for (input, array) in arrays {
      let shape = Shape([1] + array.shape.dimensions.dropFirst())
      let tensor = try preprocessor.tensor(of: array, from: index * shape.count, shape: shape, name: name)
      tensors.append(NamedTensor(name: input, tensor: tensor))
    }
    return tensors
  }
}
