import Calibration
import Executor
import TensorCore

/// What one sample's inputs look like, for the findings about the data.
package struct SampleNote: Sendable, Hashable {
  package let rank: Int
  /// Of the bytes of the inputs: equal samples have equal ones.
  let digest: UInt64
  let mean: Double
  let deviation: Double
  /// `lowest > highest` where there are no numbers.
  let lowest: Float
  let highest: Float

  /// Of the inputs as the network sees them, all float ones together; of the whole numbers where there are no floats.
  init(rank: Int, inputs: [Tensor]) {
    self.rank = rank
    var content = ContentDigest()
    var spread = Spread()
    for tensor in inputs {
      unsafe content.add(UnsafeRawBufferPointer(start: tensor.base, count: tensor.type.byteCount))
      if tensor.elementType == .float32 {
        unsafe spread.add(UnsafeBufferPointer(tensor.elements(as: Float.self)))
      } else if let values = tensor.floats {
        unsafe values.withUnsafeBufferPointer { unsafe spread.add($0) }
      }
    }
    if spread.count == 0 {
      for values in inputs.compactMap(\.integers) {
        unsafe values.map(Float.init).withUnsafeBufferPointer { unsafe spread.add($0) }
      }
    }
    digest = content.value
    mean = spread.mean
    deviation = spread.deviation
    lowest = spread.lowest
    highest = spread.highest
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

/// Mean, standard deviation and extremes of values that arrive in parts.
private struct Spread {
  private typealias Sums = SIMD8<Double>

  private(set) var count = 0.0
  private(set) var lowest = Float.infinity
  private(set) var highest = -Float.infinity
  private var sum = 0.0
  private var squares = 0.0

  var mean: Double { count > 0 ? sum / count : 0 }
  var deviation: Double { count > 0 ? max(0, squares / count - mean * mean).squareRoot() : 0 }

  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let bytes = UnsafeRawBufferPointer(values)
    let wholes = values.count / Sums.scalarCount * Sums.scalarCount
    var low = SIMD8<Float>(repeating: .infinity), high = SIMD8<Float>(repeating: -.infinity)
    var sums = Sums(), squared = Sums()
    for index in stride(from: 0, to: wholes, by: Sums.scalarCount) {
      let part = unsafe bytes.loadUnaligned(fromByteOffset: index &* MemoryLayout<Float>.stride, as: SIMD8<Float>.self)
      low.replace(with: part, where: part .< low)
      high.replace(with: part, where: part .> high)
      let wide = Sums(part)
      sums += wide
      squared += wide * wide
    }
    sum += sums.sum()
    squares += squared.sum()
    lowest = min(lowest, low.min())
    highest = max(highest, high.max())
    for index in wholes..<values.count {
      let value = unsafe values[index]
      sum += Double(value)
      squares += Double(value) * Double(value)
      if value < lowest { lowest = value }
      if value > highest { highest = value }
    }
    count += Double(values.count)
  }
}
