import CalibrationData
import Foundation
import TensorCore
import Testing

@Suite struct IDXTests {
  /// Two pictures of 2 x 3, then their labels.
  private let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + Array(1...12)
  private let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 9, 4]

  @Test func `pictures and labels are found by MNIST's names`() throws {
    try withFolder { folder in
      let path = try write(images, "t-images-idx3-ubyte", in: folder)
      #expect(try SampleSet.open(path).isLabelled == false)
      try write(labels, "t-labels-idx1-ubyte", in: folder)
      let set = try SampleSet.open(path)
      #expect(set.samples.map(\.label) == [9, 4])
      #expect(set.samples.map(\.rank) == [0, 1])
      let tensor = try #require(set.samples[1].load(with: Preprocessor(Preprocessing(channels: .gray))).first).tensor
      #expect(tensor.shape == [1, 1, 2, 3])
      #expect(tensor.array(of: Float.self) == [7, 8, 9, 10, 11, 12])
    }
  }

  @Test func `labels must be as many as pictures`() throws {
    try withFolder { folder in
      let path = try write(images, "images", in: folder)
      let other = try write([0, 0, 8, 1, 0, 0, 0, 1, 9], "labels", in: folder)
      let error = #expect(throws: DataError.self) { try SampleSet.open(path, options: .init(labels: other)) }
      #expect(
        error?.description
          == "\(path): labels: expected 2, one for each sample, found 1; write the file anew")
    }
  }

  @Test func `a file cut off anywhere is refused`() throws {
    try withFolder { folder in
      for length in images.indices {
        let path = try write(Array(images[..<length]), "images", in: folder)
        #expect(throws: DataError.self, "the first \(length) bytes") { try SampleSet.open(path) }
      }
    }
  }

  @Test func `a packed file that is damaged or cut off is refused`() throws {
    guard let root = sharedData("datasets/mnist/t10k-labels-idx1-ubyte.gz") else { return }
    let bytes = try contents(of: root + "datasets/mnist/t10k-labels-idx1-ubyte.gz")
    try withFolder { folder in
      for length in stride(from: 0, to: bytes.count, by: 97) {
        let path = try write(Array(bytes[..<length]), "a.gz", in: folder)
        #expect(throws: DataError.self, "the first \(length) bytes") { try SampleSet.open(path) }
      }
      var damaged = bytes
      damaged[bytes.count / 2] ^= 1
      let path = try write(damaged, "b.gz", in: folder)
      #expect(throws: DataError.self) { try SampleSet.open(path) }
    }
  }

  /// A small file of one stored block that claims 4 TiB must not take them.
  @Test func `a packed file that claims too much is refused before memory is taken`() throws {
    let payload: [UInt8] = [0, 0, 8, 3, 0, 1, 0, 0, 0, 0, 0x40, 0, 0, 0, 0x10, 0] + [UInt8](repeating: 0, count: 1200)
    let low = UInt8(payload.count & 0xff), high = UInt8(payload.count >> 8)
    let gzip: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, low, high, ~low, ~high] + payload
    try withFolder { folder in
      let path = try write(gzip, "bomb.gz", in: folder)
      let error = #expect(throws: DataError.self) { try SampleSet.open(path) }
      guard case .tooLarge = error?.reason else {
        Issue.record("found \(String(describing: error))")
        return
      }
    }
  }
}
