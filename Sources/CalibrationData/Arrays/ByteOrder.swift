import TensorCore

/// Turns around the bytes of every number of `width` bytes.
func swapBytes(_ bytes: UnsafeMutableRawBufferPointer, width: Int) {
  switch width {
  case 2: unsafe swapBytes(bytes, as: UInt16.self)
  case 4: unsafe swapBytes(bytes, as: UInt32.self)
  case 8: unsafe swapBytes(bytes, as: UInt64.self)
  default: break
  }
}

@inline(__always)
private func swapBytes<Word: FixedWidthInteger & BitwiseCopyable>(
  _ bytes: UnsafeMutableRawBufferPointer, as type: Word.Type
) {
  let width = MemoryLayout<Word>.size
  for offset in stride(from: 0, to: bytes.count - width + 1, by: width) {
    let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: type)
    unsafe bytes.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: type)
  }
}

/// Copies an array whose first axis varies fastest into one whose last axis does.
func copyRowMajor(from source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, shape: Shape, width: Int) {
  var steps = [Int](repeating: 1, count: shape.rank)
  for axis in shape.dimensions.indices.dropFirst() { steps[axis] = steps[axis - 1] * shape[axis - 1] }
  var position = [Int](repeating: 0, count: shape.rank)
  var from = 0
  for index in 0..<shape.count {
    unsafe (target + index * width).copyMemory(from: source + from * width, byteCount: width)
    for axis in position.indices.reversed() {
      position[axis] += 1
      from += steps[axis]
      if position[axis] < shape[axis] { break }
      from -= steps[axis] * shape[axis]
      position[axis] = 0
    }
  }
}
