package import TensorCore

/// Writes TensorRT's `.batch` files: N, C, H, W as int32, the values as float32, then N labels as float32 or nothing; all
/// little-endian.
package enum BatchWriter {
  /// The bytes of a file.
  ///
  /// - Parameters:
  ///   - tensors: float32, each `[1, C, H, W]` or `[C, H, W]`, all of one shape; at least one.
  ///   - labels: One for each, or nil for none.
  ///   - place: What errors call the samples.
  /// - Throws: `malformed` for tensors of another type or shape.
  package static func bytes(of tensors: [Tensor], labels: [Int]?, place: String) throws(DataError) -> [UInt8] {
    let shapes = tensors.map {
      $0.shape.rank == 4 && $0.shape[0] == 1 ? Array($0.shape.dimensions.dropFirst()) : $0.shape.dimensions
    }
    guard let shape = shapes.first, shape.count == 3, shapes.allSatisfy({ $0 == shape }),
      tensors.allSatisfy({ $0.elementType == .float32 }), ([tensors.count] + shape).allSatisfy({ $0 <= Int(Int32.max) })
    else {
      let found = tensors.first { $0.shape.dimensions != tensors[0].shape.dimensions }?.type ?? tensors.first?.type
      throw DataError(
        place,
        .malformed(
          format: ".batch", expected: "samples that are all float32 [C, H, W] of one size",
          found: found.map { "\($0)" } ?? "no sample"))
    }
    var bytes: [UInt8] = []
    func add(_ word: UInt32) {
      for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    bytes.reserveCapacity(16 + tensors.count * (shape.reduce(1, *) + 1) * 4)
    for extent in [tensors.count] + shape { add(UInt32(extent)) }
    for tensor in tensors { for value in tensor.array(of: Float.self) { add(value.bitPattern) } }
    for label in labels ?? [] { add(Float(label).bitPattern) }
    return bytes
  }
}
