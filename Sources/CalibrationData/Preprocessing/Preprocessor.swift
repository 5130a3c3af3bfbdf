package import TensorCore

/// Makes tensors from pictures: decodes, resizes, crops and normalises, in memory that the next picture uses again.
///
/// Not for several threads; each worker has its own.
package final class Preprocessor {
  package let preprocessing: Preprocessing
  /// Whether preprocessing was asked for. Without it pictures become RGB, 0…255, and arrays stay what they are.
  package let isRequested: Bool
  /// The content of the file that is read.
  let file = ByteBuffer()
  private let table: NormalizationTable
  private let decoder = ImageDecoder()
  private let resampler = Resampler()
  private let decoded = Image()
  private let grey = Image()
  private let resized = Image()
  private let padded = Image()
  private var pool = TensorPool()

  /// - Throws: `field` where a setting makes no sense.
  package init(_ requested: Preprocessing? = nil) throws(DataError) {
    let preprocessing = requested ?? Preprocessing()
    isRequested = requested != nil
    try preprocessing.validate()
    self.preprocessing = preprocessing
    table = NormalizationTable(preprocessing)
  }

  /// Reads and prepares an image file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - name: How messages call it.
  ///   - target: Where the values go: float32 of the shape that results. By default a tensor of this object's own,
  ///     taken again for a later picture once nobody holds it.
  /// - Returns: float32 `[1, C, H, W]`, or `[1, H, W, C]` where the layout is `nhwc`.
  package func tensor(ofImageAt path: String, name: String, into target: Tensor? = nil) throws(DataError) -> Tensor {
    try readFile(path, name: name)
    try unsafe decoder.decode(file.bytes, into: decoded, place: name)
    return try tensor(of: decoded, name: name, into: target)
  }

  /// Prepares a picture that is decoded already. See ``tensor(ofImageAt:name:into:)``.
  package func tensor(of image: Image, name: String, into target: Tensor? = nil) throws(DataError) -> Tensor {
    let geometry = try ResizeGeometry(
      preprocessing, imageWidth: image.width, imageHeight: image.height, place: name)
    let ready = resize(preprocessing.channels == .gray ? greyscale(image) : image, geometry)
    let extent = geometry.output, count = preprocessing.channels.count
    let shape: Shape =
      preprocessing.layout == .nchw
      ? [1, count, extent.height, extent.width] : [1, extent.height, extent.width, count]
    let tensor = target ?? pool.tensor(of: TensorType(shape))
    precondition(tensor.type == TensorType(shape), "the target must be \(TensorType(shape)), not \(tensor.type)")
    normalise(ready, table: table, preprocessing, into: tensor)
    return tensor
  }

  /// An undefined tensor from the pool. See ``tensor(ofImageAt:name:into:)``.
  func pooledTensor(of type: TensorType) -> Tensor { pool.tensor(of: type) }

  /// A picture to fill with 8-bit samples from elsewhere.
  func blankImage(width: Int, height: Int, channels: Int) -> Image {
    decoded.reshape(width: width, height: height, channels: channels)
    return decoded
  }

  /// Reads a file whole; its errors name it as `name`.
  func readFile(_ path: String, name: String) throws(DataError) {
    do {
      try RandomAccessFile(path: path).readAll(into: file)
    } catch {
      throw DataError(name, error.reason)
    }
  }

  private func greyscale(_ image: Image) -> Image {
    guard image.channels == 3 else { return image }
    grey.reshape(width: image.width, height: image.height, channels: 1)
    var from = unsafe UnsafePointer(image.base)
    for index in 0..<grey.count {
      let sum = unsafe UInt32(from[0]) * 19595 + UInt32(from[1]) * 38470 + UInt32(from[2]) * 7471 + 0x8000
      unsafe grey.base[index] = UInt8(truncatingIfNeeded: sum >> 16)
      unsafe from += 3
    }
    return grey
  }

  private func resize(_ image: Image, _ geometry: ResizeGeometry) -> Image {
    let window = geometry.window, output = geometry.output
    if geometry.width == image.width && geometry.height == image.height
      && window.width == image.width && window.height == image.height
      && output.width == image.width && output.height == image.height
    {
      return image
    }
    guard case .letterbox(_, let pad) = preprocessing.resize else {
      resample(image, geometry)
      return resized
    }
    padded.reshape(width: output.width, height: output.height, channels: image.channels)
    unsafe padded.base.update(repeating: pad, count: padded.count)
    // A narrow crop may lie beside a still narrower picture.
    guard window.width > 0 && window.height > 0 else { return padded }
    resample(image, geometry)
    for y in 0..<resized.height {
      let row = unsafe padded.base + (geometry.top + y) * padded.rowBytes + geometry.left * image.channels
      unsafe row.update(from: resized.base + y * resized.rowBytes, count: resized.rowBytes)
    }
    return padded
  }

  private func resample(_ image: Image, _ geometry: ResizeGeometry) {
    // Where only a part is cut out, no filter need touch the pixels.
    let filter = geometry.width == image.width && geometry.height == image.height ? .nearest : preprocessing.filter
    resampler.resize(
      image, width: geometry.width, height: geometry.height, window: geometry.window, filter: filter, into: resized)
  }
}
