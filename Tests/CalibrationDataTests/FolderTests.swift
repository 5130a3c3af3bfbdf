import CalibrationData
import Foundation
import TensorCore
import Testing

@Suite struct FolderTests {
  @Test func `class folders are labels in order of their names`() throws {
    try withFolder { folder in
      for name in ["b/2.png", "b/1.JPG", "a/x.jpeg", "B/y.png", "b/notes.txt", ".git/z.png", "a/.hidden.png"] {
        try write("", name, in: folder)
      }
      try write("", "README.md", in: folder)
      let set = try SampleSet.open(folder)
      #expect(set.classNames == ["B", "a", "b"])
      #expect(set.samples.map(\.identifier) == ["B/y.png", "a/x.jpeg", "b/1.JPG", "b/2.png"])
      #expect(set.samples.map(\.label) == [0, 1, 2, 2])
      #expect(set.contentPaths.last == folder + "/b/2.png")
    }
  }

  @Test func `a flat folder has no labels`() throws {
    try withFolder { folder in
      for name in ["10.png", "9.png", "a.npy"] { try write("", name, in: folder) }
      let set = try SampleSet.open(folder + "/")
      #expect(set.samples.map(\.identifier) == ["10.png", "9.png", "a.npy"])
      #expect(set.samples.allSatisfy { $0.label == nil })
    }
  }

  @Test func `an empty folder, an empty class and a mixture are refused`() throws {
    try withFolder { folder in
      let empty = #expect(throws: DataError.self) { try SampleSet.open(folder) }
      #expect(
        empty?.description
          == "\(folder): expected files ending in jpeg, jpg, npy, npz, png, found none; check the path")
      try write("", "a/1.png", in: folder)
      try FileManager.default.createDirectory(atPath: folder + "/b", withIntermediateDirectories: false)
      let hollow = #expect(throws: DataError.self) { try SampleSet.open(folder) }
      #expect(hollow?.description == "\(folder)/b: expected samples of a class, found none; check the path")
      try write("", "b/1.png", in: folder)
      try write("", "c.png", in: folder)
      let mixed = #expect(throws: DataError.self) { try SampleSet.open(folder) }
      #expect(
        mixed?.description
          == "\(folder): folder: expected either class folders or samples, found 'c.png' beside class folders; "
          + "write the file anew")
    }
  }

  @Test func `a path that is not there is a missing input`() {
    let error = #expect(throws: DataError.self) { try SampleSet.open("/nowhere/at/all.csv") }
    #expect(error?.category == .missingInput)
  }
}
