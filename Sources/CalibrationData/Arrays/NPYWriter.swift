package import TensorCore

/// Writes tensors as `.npy` files, version 1.0, little-endian, row-major.
package enum NPYWriter {
  /// Writes `tensor` to `path`, beside it first and then renamed, so that no half-written file is ever seen there.
  ///
  /// - Throws: `unwritable`; `unsupported` for bfloat16, which NumPy does not know.
  package static func write(_ tensor: Tensor, to path: String) throws(DataError) {
    let header = try header(tensor.type, place: path)
    let values = unsafe UnsafeRawBufferPointer(start: tensor.base, count: tensor.type.byteCount)
    let result = unsafe header.withUnsafeBytes { header -> Result<Void, DataError> in
      do throws(DataError) { return .success(try unsafe AtomicFile.write([header, values], to: path)) } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// What stands before the values of an array of this type, padded with blanks so that they begin at a multiple of 64
  /// bytes.
  ///
  /// - Throws: `unsupported` for bfloat16.
  package static func header(_ type: TensorType, place: String) throws(DataError) -> [UInt8] {
    guard let description = description(type.elementType) else {
      throw DataError(
        place, .unsupported(format: ".npy", found: "the element type \(type.elementType)", remedy: "use float32"))
    }
    let extents = type.shape.dimensions.map(String.init).joined(separator: ", ")
    let tuple = type.shape.rank == 1 ? "(\(extents),)" : "(\(extents))"
    var text = "{'descr': '\(description)', 'fortran_order': False, 'shape': \(tuple), }"
    let unpadded = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let length = UInt16(text.utf8.count)
    return NPYHeader.magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(text.utf8)
  }

  private static func description(_ type: ElementType) -> String? {
    switch type {
    case .bfloat16: nil
    case .bool: "|b1"
    case .int8: "|i1"
    case .uint8: "|u1"
    case .float16, .float32, .float64: "<f\(type.byteCount)"
    case .int16, .int32, .int64: "<i\(type.byteCount)"
    case .uint16, .uint32, .uint64: "<u\(type.byteCount)"
    }
  }
}
