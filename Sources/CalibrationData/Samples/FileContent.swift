import TensorCore

/// A file that is one sample: a picture, a `.npy` array, or a `.npz` archive with one array for each input.
struct FileContent: SampleContent {
  let path: String

  /// The endings, in lower case, that folders are searched for.
  static let extensions: Set<String> = ["jpg", "jpeg", "png", "npy", "npz"]

  func load(as name: String, with preprocessor: Preprocessor) throws(DataError) -> [NamedTensor] {
    switch path.pathExtension {
    case "npy":
      let array = try StoredArray(npyAt: path, place: name)
      return [NamedTensor(name: nil, tensor: try preprocessor.tensor(of: array, name: name))]
    case "npz":
      var tensors: [NamedTensor] = []
      for (input, array) in try NPZArchive(path: path, place: name).arrays {
        tensors.append(NamedTensor(name: input, tensor: try preprocessor.tensor(of: array, name: name)))
      }
      return tensors
    default:
      return [NamedTensor(name: nil, tensor: try preprocessor.tensor(ofImageAt: path, name: name))]
    }
  }
}

extension Preprocessor {
  /// A whole array as a tensor, or as a picture where it is one and preprocessing was asked for.
  func tensor(of array: StoredArray, name: String) throws(DataError) -> Tensor {
    let array = array.isFortranOrder ? try array.materialised() : array
    return try tensor(of: array, from: 0, shape: array.shape, name: name)
  }

  /// The elements of `array` from `first` on that fill `shape`. Not for Fortran order.
  func tensor(of array: StoredArray, from first: Int, shape: Shape, name: String) throws(DataError) -> Tensor {
    guard shape.count > 0 else { throw DataError(name, .empty) }
    guard isRequested else {
      return try array.tensor(from: first, shape: shape) { pooledTensor(of: $0) }
    }
    // A leading batch axis of 1 says nothing.
    let extents = shape.rank > 2 && shape[0] == 1 ? Array(shape.dimensions.dropFirst()) : shape.dimensions
    let channels = extents.count == 3 ? extents[2] : 1
    guard array.elementType == .uint8, extents.count == 2 || extents.count == 3, channels == 1 || channels == 3 else {
      let found = "an array \(array.elementType) \(shape)"
      let remedy = "preprocessing takes uint8 [H, W] or [H, W, 1 or 3]; give none for data that are prepared already"
      throw DataError(name, .unsupported(format: "preprocessing", found: found, remedy: remedy))
    }
    try Image.checkSize(width: extents[1], height: extents[0], format: "array", place: name)
    let image = blankImage(width: extents[1], height: extents[0], channels: channels)
    try unsafe array.readElements(
      from: first, count: image.count, into: UnsafeMutableRawBufferPointer(start: image.base, count: image.count))
    return try tensor(of: image, name: name)
  }
}
