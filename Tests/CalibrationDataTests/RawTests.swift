import CalibrationData
import TensorCore
import Testing

@Suite struct RawTests {
  private func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
  }

  @Test(arguments: [[1, 2, 2], [2, 2]])
  func `raw float32 are as many samples as fit`(shape: [Int]) throws {
    try withFolder { folder in
      let path = try write(bytes((0..<12).map(Float.init)), "a.bin", in: folder)
      let set = try SampleSet.open(path, options: .init(rawShape: shape))
      #expect(set.count == 3)
      let tensor = try #require(set.samples[2].load(with: Preprocessor()).first).tensor
      #expect(tensor.shape == [1, 2, 2])
      #expect(tensor.array(of: Float.self) == [8, 9, 10, 11])
    }
  }

  @Test(arguments: [[5], [Int.max, 4], [0, 3], [-1]])
  func `a shape that does not divide the file is refused`(shape: [Int]) throws {
    try withFolder { folder in
      let path = try write(bytes((0..<12).map(Float.init)), "a.bin", in: folder)
      #expect(throws: DataError.self) { try SampleSet.open(path, options: .init(rawShape: shape)) }
    }
  }

  @Test func `a TensorRT batch has values and perhaps labels`() throws {
    let header: [UInt8] = [2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0]
    let values = bytes([1, 2, 3, 4, 5, 6])
    try withFolder { folder in
      let plain = try SampleSet.open(write(header + values, "a0.batch", in: folder))
      #expect(plain.samples.map(\.label) == [nil, nil])
      let labelled = try SampleSet.open(write(header + values + bytes([7, 0]), "a1.batch", in: folder))
      #expect(labelled.samples.map(\.label) == [7, 0])
      let tensor = try #require(labelled.samples[1].load(with: Preprocessor()).first).tensor
      #expect(tensor.shape == [1, 1, 1, 3])
      #expect(tensor.array(of: Float.self) == [4, 5, 6])
      for length in 0..<40 {
        let path = try write(Array((header + values)[..<length]), "cut.batch", in: folder)
        #expect(throws: DataError.self) { try SampleSet.open(path) }
      }
    }
  }
}
