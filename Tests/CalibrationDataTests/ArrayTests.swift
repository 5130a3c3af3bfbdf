import CalibrationData
import Foundation
import TensorCore
import Testing

@Suite struct ArrayTests {
  private static let values = (-12..<12).map { Float($0) }

  @Test(arguments: ["f2", "f4", "f8", "f4-big", "fortran", "version3"])
  func `floats of every size, byte order and axis order become float32`(name: String) throws {
    let tensor = try array(fixtures + name + ".npy")
    #expect(tensor.type == TensorType([2, 3, 4], .float32))
    #expect(tensor.array(of: Float.self) == Self.values)
  }

  @Test func `integers and truth values keep their type`() throws {
    let small = try array(fixtures + "i4.npy"), large = try array(fixtures + "i8-big.npy")
    let truths = try array(fixtures + "bool.npy")
    #expect(small.elementType == .int32)
    #expect(small.integers == Array(-12..<12))
    #expect(large.elementType == .int64)
    #expect(large.integers == Array(-12..<12))
    #expect(truths.array(of: Bool.self) == (-12..<12).map { $0.isMultiple(of: 2) })
  }

  @Test func `a file written here reads back the same`() throws {
    try withFolder { folder in
      for tensor in [
        Tensor([Float(1.5), .nan, -.infinity, 0], shape: [2, 2]), Tensor([Float(3)], shape: [1]),
        Tensor(scalar: Float(7)), Tensor([Float](repeating: 1, count: 6), shape: [1, 1, 2, 3]),
      ] {
        let path = folder + "/a.npy"
        try NPYWriter.write(tensor, to: path)
        let back = try array(path)
        #expect(back.shape == tensor.shape)
        #expect(back.array(of: Float.self).map(\.bitPattern) == tensor.array(of: Float.self).map(\.bitPattern))
        // The values begin where NumPy, too, aligns them.
        let size = try contents(of: path).count
        #expect((size - tensor.type.byteCount).isMultiple(of: 64))
      }
      let integers = Tensor([Int64(-1), 5], shape: [2])
      try NPYWriter.write(integers, to: folder + "/i.npy")
      #expect(try array(folder + "/i.npy").integers == [-1, 5])
    }
  }

  @Test func `a file that cannot be written is one error and leaves nothing`() throws {
    try withFolder { folder in
      let error = #expect(throws: DataError.self) {
        try NPYWriter.write(Tensor(scalar: Float(0)), to: folder + "/no/such/a.npy")
      }
      #expect(error?.category == .cannotWrite)
      #expect(
        error?.description
          == "\(folder)/no/such/a.npy: expected to write it, found that it cannot be written (No such file or directory); "
          + "choose another path")
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }

  @Test(arguments: ["f4.npy", "f8.npy", "i8-big.npy", "fortran.npy", "version3.npy"])
  func `a .npy file cut off anywhere is refused`(name: String) throws {
    let bytes = try contents(of: fixtures + name)
    try withFolder { folder in
      // Where no header ends, one place is as good as the next.
      for length in bytes.indices where length < 20 || length > 120 || length % 8 == 0 {
        let path = try write(Array(bytes[..<length]), "cut.npy", in: folder)
        #expect(throws: DataError.self, "the first \(length) bytes") { try array(path) }
        #expect(throws: DataError.self, "the first \(length) bytes") { try SampleSet.open(path) }
      }
    }
  }

  @Test(arguments: [
    "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9223372036854775807), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "{'descr': '<f4', 'fortran_order': True, 'shape': (4611686018427387904, 3), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': [('a', '<f4'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
    "{'descr': '<U5', 'fortran_order': False, 'shape': (1,), }", "{", "", "[1, 2]", "{'descr", "{'shape': (",
    "{'descr': [[[[[[",
  ])
  func `a header that makes no sense is refused`(text: String) throws {
    try withFolder { folder in
      let path = try write(npy(text, data: [UInt8](repeating: 0, count: 64)), "a.npy", in: folder)
      #expect(throws: DataError.self) { try array(path) }
      #expect(throws: DataError.self) { try SampleSet.open(path) }
    }
  }

  @Test(arguments: ["(0, 4)", "(4, 0)"]) func `an array without elements is no sample and no data set`(shape: String)
    throws
  {
    try withFolder { folder in
      let path = try write(
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape)}", data: []), "a.npy", in: folder)
      #expect(throws: DataError.self) { try SampleSet.open(path) }
      let set = try SampleSet.open(write("a.npy", "list.txt", in: folder))
      let error = #expect(throws: DataError.self) { try set.samples[0].load(with: Preprocessor()) }
      #expect(error?.reason == .empty)
    }
  }

  @Test func `a giant header is refused unread`() throws {
    try withFolder { folder in
      let bytes: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 2, 0, 0xff, 0xff, 0xff, 0xff] + [0, 0, 0, 0]
      let path = try write(bytes, "a.npy", in: folder)
      let error = #expect(throws: DataError.self) { try SampleSet.open(path) }
      #expect(
        error?.description
          == "\(path): expected a .npy header of at most 65536 bytes, found 4294967295 bytes; reduce it first")
    }
  }

  @Test func `a single .npy is samples along its first axis`() throws {
    for name in ["f4", "fortran", "f4-big", "f8"] {
      let set = try SampleSet.open(fixtures + name + ".npy")
      #expect(set.count == 2)
      #expect(set.samples[1].identifier == "\(name).npy#1")
      let loaded = try #require(set.samples[1].load(with: Preprocessor()).first)
      #expect(loaded.tensor.shape == [1, 3, 4])
      #expect(loaded.tensor.array(of: Float.self) == Array(Self.values[12...]))
    }
  }

  @Test func `an archive is one sample in a manifest and many as a data set`() throws {
    let preprocessor = try Preprocessor()
    let set = try SampleSet.open(fixtures + "stored.npz")
    let second = try set.samples[1].load(with: preprocessor)
    #expect(second.map(\.name) == ["first", "second"])
    #expect(second.map(\.tensor.shape) == [[1, 3, 4], [1]])
    #expect(second[1].tensor.integers == [1])
    try withFolder { folder in
      let manifest = try write("file\n\(fixtures)stored.npz\n", "m.csv", in: folder)
      let whole = try SampleSet.open(manifest).samples[0].load(with: preprocessor)
      #expect(whole.map(\.tensor.shape) == [[2, 3, 4], [2]])
    }
  }

  @Test(arguments: ["stored.npz", "preprocessed.npz"])
  func `an archive with any byte changed or cut off is read or refused`(name: String) throws {
    let whole = try contents(of: fixtures + name)
    // The headers are at both ends; the middle of a large member behaves as its beginning.
    let places = whole.indices.filter { ($0 < 300 || $0 >= whole.count - 300) && $0 % 2 == 0 }
    try withFolder { folder in
      var refused = 0
      for index in places {
        var bytes = whole
        bytes[index] ^= 0xff
        let path = try write(bytes, "a.npz", in: folder)
        do { _ = try SampleSet.open(path).samples[0].load(with: Preprocessor()) } catch is DataError { refused += 1 }
        let cut = try write(Array(whole[..<index]), "b.npz", in: folder)
        #expect(throws: DataError.self) { try SampleSet.open(cut) }
      }
      #expect(refused > 50)
    }
  }

  @Test func `8-bit arrays are pictures only where preprocessing is asked for`() throws {
    try withFolder { folder in
      let text = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 1, 2, 3), }"
      let path = try write(npy(text, data: Array(1...12)), "a.npy", in: folder)
      let set = try SampleSet.open(path)
      let plain = try #require(set.samples[1].load(with: Preprocessor()).first).tensor
      #expect(plain.array(of: UInt8.self) == Array(7...12))
      let preprocessor = try Preprocessor(Preprocessing(channels: .bgr, divide: 2))
      let picture = try #require(set.samples[1].load(with: preprocessor).first).tensor
      #expect(picture.shape == [1, 3, 1, 2])
      #expect(picture.array(of: Float.self) == [4.5, 6, 4, 5.5, 3.5, 5])
      let floats = try SampleSet.open(fixtures + "f4.npy")
      let error = #expect(throws: DataError.self) { try floats.samples[0].load(with: preprocessor) }
      #expect(
        error?.description
          == "f4.npy#0: preprocessing: an array float32 [1, 3, 4] cannot be read; preprocessing takes uint8 [H, W] or "
          + "[H, W, 1 or 3]; give none for data that are prepared already")
    }
  }
}

/// A `.npy` file, version 1, of a header as given.
func npy(_ header: String, data: [UInt8]) -> [UInt8] {
  let text = Array(header.utf8)
  return [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(text.count & 0xff), UInt8(text.count >> 8)] + text + data
}
