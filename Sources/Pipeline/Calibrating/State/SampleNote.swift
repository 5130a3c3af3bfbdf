import Calibration
import Crypto
import TensorCore

/// What one sample's inputs look like, for the findings about the data.
package struct SampleNote: Sendable, Hashable {
  package let rank: Int
  /// Of the bytes of the inputs: equal samples have equal ones.
  let digest: UInt64
  let mean: Double
  let deviation: Double
  let lowest: Float
  let highest: Float

  /// Of the inputs as the network sees them, all float ones together.
  init(rank: Int, inputs: [Tensor]) {
    self.rank = rank
    var hash = SHA256()
    var count = 0.0, sum = 0.0, squares = 0.0
    var low = Float.infinity, high = -Float.infinity
    for tensor in inputs {
      unsafe hash.update(bufferPointer: UnsafeRawBufferPointer(start: tensor.base, count: tensor.type.byteCount))
      guard tensor.elementType == .float32 else { continue }
      let values = unsafe tensor.elements(as: Float.self)
      for index in values.indices {
        let value = unsafe values[index]
        sum += Double(value)
        squares += Double(value) * Double(value)
        if value < low { low = value }
        if value > high { high = value }
      }
      count += Double(values.count)
    }
    digest = hash.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    mean = count > 0 ? sum / count : 0
    deviation = count > 0 ? max(0, squares / count - mean * mean).squareRoot() : 0
    lowest = count > 0 ? low : 0
    highest = count > 0 ? high : 0
  }

  func encode(to writer: inout ByteWriter) {
    writer.optional(rank)
    writer.word64(digest)
    writer.word64(mean.bitPattern)
    writer.word64(deviation.bitPattern)
    writer.word32(lowest.bitPattern)
    writer.word32(highest.bitPattern)
  }

  init(from reader: inout ByteReader) throws(ByteFault) {
    guard let rank = try reader.optional() else { throw ByteFault() }
    self.rank = rank
    digest = try reader.word64()
    mean = Double(bitPattern: try reader.word64())
    deviation = Double(bitPattern: try reader.word64())
    lowest = Float(bitPattern: try reader.word32())
    highest = Float(bitPattern: try reader.word32())
  }
}
