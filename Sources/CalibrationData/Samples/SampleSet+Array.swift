import Foundation
import TensorCore

extension SampleSet {
  /// The samples of a `.npy` file along its first axis.
  static func array(_ path: String, labels: String?) throws(DataError) -> SampleSet {
    let array = try StoredArray(npyAt: path, place: path)
    return try arrays([(nil, array)], path, labels: labels)
  }

  /// The samples of a `.npz` file: along the first axis, equally long, of each of its arrays.
  static func archive(_ path: String, labels: String?) throws(DataError) -> SampleSet {
    try arrays(NPZArchive(path: path, place: path).arrays.map { ($0.name, $0.array) }, path, labels: labels)
  }

  /// The samples of an IDX file along its first axis. The labels of `…-images-idx3-ubyte` are looked for in
  /// `…-labels-idx1-ubyte`.
  static func idx(_ path: String, labels: String?) throws(DataError) -> SampleSet {
    let array = try StoredArray(idx: ByteRegion(RandomAccessFile(path: path), place: path))
    var labels = labels
    let guess = path.replacingOccurrences(of: "images-idx3", with: "labels-idx1")
    if labels == nil && guess != path && FileManager.default.fileExists(atPath: guess) { labels = guess }
    return try arrays([(nil, array)], path, labels: labels)
  }

  /// The samples of a file of float32 numbers without a header, each of `shape`.
  static func raw(_ path: String, shape: [Int]) throws(DataError) -> SampleSet {
    let file = try RandomAccessFile(path: path)
    guard file.size > 0 else { throw DataError(path, .empty) }
    // A leading batch axis of 1 is added again when a sample is loaded.
    let sample = shape.first == 1 ? Array(shape.dropFirst()) : shape
    guard let count = Shape(sample).checkedCount, count > 0, count <= Int.max / 4,
      file.size.isMultiple(of: 4 * count)
    else {
      let expected = "a multiple of the \(Shape(shape)) float32 of a sample"
      throw DataError(path, .malformed(format: "raw data", expected: expected, found: "\(file.size) bytes"))
    }
    let all = Shape([file.size / (4 * count)] + sample)
    let array = try StoredArray(.float32, all, in: ByteRegion(file, place: path), at: 0, format: "raw data")
    return try arrays([(nil, array)], path, labels: nil)
  }

  /// The samples of one of TensorRT's `.batch` files: N, C, H, W as int32, the values as float32, then N labels as
  /// float32 or nothing; all little-endian.
  static func batch(_ path: String) throws(DataError) -> SampleSet {
    let region = try ByteRegion(RandomAccessFile(path: path), place: path)
    guard region.count > 0 else { throw DataError(path, .empty) }
    let header = LittleEndianBytes(try region.bytes(at: 0, count: 16))
    let shape = Shape((0..<4).map { header.uint32(4 * $0) })
    guard header.count == 16, shape.dimensions.allSatisfy({ (1..<1 << 31).contains($0) }) else {
      throw DataError(path, .malformed(format: ".batch", expected: "N, C, H, W from 1", found: "\(shape)"))
    }
    let array = try StoredArray(.float32, shape, in: region, at: 16, format: ".batch")
    let labelOffset = 16 + array.byteCount
    if region.count == labelOffset { return try arrays([(nil, array)], path, labels: nil) }
    let numbers = try StoredArray(.float32, [shape[0]], in: region, at: labelOffset, format: ".batch labels")
    let labels = try numbers.tensor().array(of: Float.self).map { Int(exactly: $0) }
    return try samples([(nil, array)], path, labels: labels, paths: [path])
  }

  private static func arrays(
    _ arrays: [(String?, StoredArray)], _ path: String, labels: String?
  ) throws(DataError) -> SampleSet {
    guard let labels else { return try samples(arrays, path, labels: nil, paths: [path]) }
    let region = try ByteRegion(RandomAccessFile(path: labels), place: labels)
    let stored = labels.pathExtension == "npy" ? try StoredArray(npy: region) : try StoredArray(idx: region)
    guard stored.shape.rank == 1, let numbers = try stored.tensor().integers else {
      let found = "\(stored.elementType) \(stored.shape)"
      throw DataError(labels, .malformed(format: "labels", expected: "one axis of integers", found: found))
    }
    return try samples(arrays, path, labels: numbers, paths: [path, labels])
  }

  private static func samples(
    _ arrays: [(String?, StoredArray)], _ path: String, labels: [Int?]?, paths: [String]
  ) throws(DataError) -> SampleSet {
    var ready: [(name: String?, array: StoredArray)] = []
    for (name, array) in arrays {
      guard array.shape.rank > 0 else {
        throw DataError(array.place, .malformed(format: "array", expected: "an axis of samples", found: "a scalar"))
      }
      ready.append((name, array.isFortranOrder ? try array.materialised() : array))
    }
    let count = ready.first?.array.shape[0] ?? 0
    for (_, array) in ready where array.shape[0] != count {
      throw DataError(
        array.place, .malformed(format: "array", expected: "\(count) samples", found: "\(array.shape[0])"))
    }
    guard ready.allSatisfy({ $0.array.shape.count > 0 }) else {
      throw DataError(path, .noSamples(expected: "samples in the array"))
    }
    if let labels, labels.count != count {
      throw DataError(
        path, .malformed(format: "labels", expected: "\(count), one for each sample", found: "\(labels.count)"))
    }
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    let samples = (0..<count).map { index in
      Sample(
        rank: index, identifier: "\(name)#\(index)", label: labels.flatMap { $0[index] },
        content: ArrayContent(arrays: ready, index: index))
    }
    return try SampleSet(location: path, samples: samples, contentPaths: paths)
  }
}
