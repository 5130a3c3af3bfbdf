import CalibrationData
import Foundation
import TensorCore
import Testing

@Suite struct ManifestTests {
  @Test func `columns besides file and label are slices`() throws {
    try withFolder { folder in
      let path = try write("condition,file,label,site\ndim,a.png,3,x\nclean,b.png,,y\n", "m.csv", in: folder)
      let set = try SampleSet.open(path)
      #expect(set.sliceColumns == ["condition", "site"])
      #expect(set.samples.map(\.identifier) == ["a.png", "b.png"])
      #expect(set.samples.map(\.label) == [3, nil])
      #expect(set.samples[1].slices == [.init(column: "condition", value: "clean"), .init(column: "site", value: "y")])
      #expect(set.contentPaths == [folder + "/a.png", folder + "/b.png"])
      #expect(!set.isLabelled)
    }
  }

  @Test(arguments: [
    ("m.csv", "\u{feff}file,note\r\n\"a,1.png\",\"say \"\"hi\"\"\"\r\n\r\nb.png,\"two\nlines\"\r\n"),
    ("m.tsv", "file\tnote\na,1.png\t\"say \"\"hi\"\"\"\nb.png\t\"two\nlines\""),
  ])
  func `quotes, byte order mark and all line ends are read`(name: String, text: String) throws {
    try withFolder { folder in
      let set = try SampleSet.open(write(text, name, in: folder))
      #expect(set.samples.map(\.identifier) == ["a,1.png", "b.png"])
      #expect(set.samples.map(\.slices[0].value) == ["say \"hi\"", "two\nlines"])
    }
  }

  @Test(arguments: [
    ("label,path\n1,a.png\n", ", line 1: expected a header with a column 'file', found 'label', 'path'"),
    ("file,a,a\nx,1,2\n", ", line 1: expected each column once, found 'a' twice"),
    ("file,label\na.png,1\n\nb.png\n", ", line 4: expected 2 fields, found 1"),
    ("file,label\n\"a\nb\",1\nc,x\n", ", line 4: expected a label that is a whole number from 0, found 'x'"),
    ("file,label\na,-1\n", ", line 2: expected a label that is a whole number from 0, found '-1'"),
    ("file,label\n,1\n", ", line 2: expected a file, found nothing"),
    ("file\n\"a.png\n", ", line 2: expected a closing quote, found the end of the file"),
    ("file\n\"a\"b\n", ", line 2: expected a separator after the closing quote, found another character"),
    ("file\na\0b\n", ", line 2: expected UTF-8 text, found other bytes"),
  ])
  func `a mistake is named with its line`(text: String, message: String) throws {
    try withFolder { folder in
      let path = try write(text, "m.csv", in: folder)
      let error = #expect(throws: DataError.self) { try SampleSet.open(path) }
      #expect(error?.description == path + message + "; correct that line")
    }
  }

  @Test(arguments: [
    ("", "expected data, found an empty file; replace or remove it"),
    ("\n\n", "expected data, found an empty file; replace or remove it"),
    ("file,label\n", "expected at least one sample, found none; check the path"),
  ])
  func `a manifest without samples is refused`(text: String, message: String) throws {
    try withFolder { folder in
      let path = try write(text, "m.csv", in: folder)
      let error = #expect(throws: DataError.self) { try SampleSet.open(path) }
      #expect(error?.description == "\(path): \(message)")
    }
  }

  @Test func `a bad sample is found when it is loaded, by its own name`() throws {
    try withFolder { folder in
      try write("", "empty.jpg", in: folder)
      try write("text", "text.png", in: folder)
      try write([0xff, 0xd8, 0xff, 0xd9], "hollow.jpg", in: folder)
      try FileManager.default.createDirectory(atPath: folder + "/folder.jpg", withIntermediateDirectories: false)
      let files = ["empty.jpg", "text.png", "hollow.jpg", "folder.jpg", "none.jpg", "none.npy", "none.npz"]
      let set = try SampleSet.open(write(files.joined(separator: "\n"), "m.txt", in: folder))
      let preprocessor = try Preprocessor()
      let messages = set.samples.map { sample in
        #expect(throws: DataError.self) { try sample.load(with: preprocessor) }?.description
      }
      #expect(
        messages == [
          "empty.jpg: expected data, found an empty file; replace or remove it",
          "text.png: expected a JPEG or PNG image, found a file that begins with 74 65 78 74; convert or remove it",
          "hollow.jpg: expected a whole JPEG, found damage (it has no frame header); replace or remove it",
          "folder.jpg: expected a regular file, found a folder or device; name the file itself",
          "none.jpg: expected a file or folder, found none; check the path",
          "none.npy: expected a file or folder, found none; check the path",
          "none.npz: expected a file or folder, found none; check the path",
        ])
    }
  }

  @Test func `several workers read the same data set as one does`() async throws {
    let files = ["rgb.png", "420.jpg", "cmyk.jpg", "grey.png", "f4.npy", "stored.npz", "source.png", "rgb16.png"]
    let list = (0..<12).flatMap { _ in files.map { fixtures + $0 } }.joined(separator: "\n")
    let set = try withFolder { try SampleSet.open(write(list, "m.lst", in: $0)) }
    @Sendable func digest(_ part: [Sample]) throws -> [Int: [UInt8]] {
      let preprocessor = try Preprocessor()
      var found: [Int: [UInt8]] = [:]
      for sample in part {
        for named in try sample.load(with: preprocessor) {
          let bytes = unsafe UnsafeRawBufferPointer(start: named.tensor.base, count: named.tensor.type.byteCount)
          unsafe found[sample.rank, default: []] += Array(bytes)
        }
      }
      return found
    }
    let alone = try digest(set.samples)
    let together = try await withThrowingTaskGroup(of: [Int: [UInt8]].self) { group in
      for worker in 0..<4 {
        group.addTask { try digest(set.samples.reversed().filter { $0.rank % 4 == worker }) }
      }
      return try await group.reduce(into: [:]) { $0.merge($1) { one, _ in one } }
    }
    #expect(alone == together)
  }
}
