import Calibration
import Testing

/// The coding of counts: runs of numbers of all lengths, many at a time or alone, to the same bytes.
@Suite struct CountCodingTests {
  /// What the format says, number by number.
  private func reference(_ values: [UInt64]) -> [UInt8] {
    var writer = ByteWriter()
    var zeros = 0
    var run: [UInt64] = []
    func end() {
      if run.isEmpty { return }
      writer.varied(UInt64(run.count))
      writer.varied(UInt64(zeros))
      for value in run { writer.varied(value) }
      (zeros, run) = (0, [])
    }
    for value in values {
      if value != 0 { run.append(value) } else { end(); zeros += 1 }
    }
    end()
    writer.varied(0)
    return writer.bytes
  }

  /// Numbers that fit one byte, two, or up to ten, in stretches, with zeros between.
  private func counts(_ random: inout SplitMix) -> [UInt64] {
    var result: [UInt64] = []
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      let limit: UInt64 = [0, 1 << 7, 1 << 14, 1 << 14, .max][Int.random(in: 0..<5, using: &random)]
      let least: UInt64 = [0, limit / 128][Int.random(in: 0..<2, using: &random)]
      for _ in 0..<Int.random(in: 0...30, using: &random) {
        result.append(limit == 0 ? 0 : .random(in: least..<limit, using: &random))
      }
    }
    return result
  }

  @Test(arguments: 1...200) func `runs are written as the format says`(seed: UInt64) {
    var random = SplitMix(seed: seed)
    let values = counts(&random)
    var writer = ByteWriter()
    unsafe values.withUnsafeBufferPointer { unsafe writer.runs($0) }
    #expect(writer.bytes == reference(values))
  }

  @Test(arguments: 1...200) func `numbers are read as they were written, and none beyond the end`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let values = counts(&random)
    var writer = ByteWriter()
    for value in values { writer.varied(value) }
    var read = [UInt64](repeating: 0, count: values.count)
    // What stands around the bytes must not matter.
    let bytes = ([0x85, 1] + writer.bytes + [2, 3, 4, 5, 6, 7, 8, 9, 10])[2..<2 + writer.bytes.count]
    var reader = ByteReader(bytes)
    try unsafe read.withUnsafeMutableBufferPointer { read throws(ByteFault) in try unsafe reader.varied(into: read) }
    #expect(read == values && reader.isAtEnd)
    if values.isEmpty { return }
    var short = ByteReader(bytes.dropLast())
    #expect(throws: ByteFault.self) {
      try unsafe read.withUnsafeMutableBufferPointer { read throws(ByteFault) in try unsafe short.varied(into: read) }
    }
  }

  @Test func `a number of more than 64 bits is refused`() throws {
    let most = [UInt8](repeating: 0xff, count: 9) + [1]
    var reader = ByteReader(most[...])
    #expect(try reader.varied() == .max)
    for tail: [UInt8] in [[2], [0x81, 0]] {
      var reader = ByteReader((most.dropLast() + tail)[...])
      #expect(throws: ByteFault.self) { try reader.varied() }
    }
  }
}
