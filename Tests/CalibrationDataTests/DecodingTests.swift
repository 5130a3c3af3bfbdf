import CalibrationData
import TensorCore
import Testing

@Suite struct DecodingTests {
  @Test(arguments: [
    "rgb.png", "rgba.png", "grey.png", "grey-alpha.png", "palette.png", "palette-transparent.png", "one-bit.png",
    "two-bit.png", "four-bit.png", "short-palette.png", "rgb16.png", "rgba16.png", "grey-alpha16.png",
    "interlaced.png", "gamma.png", "grey-transparent.png", "rgb-transparent.png", "420.jpg", "422.jpg", "444.jpg",
    "progressive.jpg", "grey.jpg", "cmyk.jpg", "stored-rgb.jpg", "turned.jpg", "one-pixel.jpg",
  ])
  func `pixels equal Pillow's`(name: String) throws {
    let expected = try #require(archive("decoded.npz")[name])
    let image = try decoded(fixtures + name)
    #expect([image.height, image.width, 3] == expected.shape.dimensions)
    #expect(rgb(image) == expected.array(of: UInt8.self))
  }

  @Test func `16-bit grey keeps its high byte`() throws {
    #expect(try rgb(decoded(fixtures + "grey16.png")) == array(fixtures + "grey16.npy").array(of: UInt8.self))
  }

  /// Every place where a file can be cut off, for each decoder: never a picture, never a crash.
  @Test(arguments: ["420.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.png", "interlaced.png", "palette.png"])
  func `a file cut off anywhere is refused`(name: String) throws {
    let bytes = try contents(of: fixtures + name)
    let image = Image(), decoder = ImageDecoder()
    for length in 0..<bytes.count {
      #expect(throws: DataError.self, "the first \(length) bytes") {
        try unsafe bytes[..<length].withUnsafeBufferPointer {
          unsafe try decoder.decode($0, into: image, place: name)
        }
      }
    }
  }

  /// Not every damage can be seen in a JPEG; none may do harm.
  @Test(arguments: ["420.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette.png", "rgba16.png"])
  func `a file with any byte changed is decoded or refused`(name: String) throws {
    let whole = try contents(of: fixtures + name)
    let image = Image(), decoder = ImageDecoder()
    var refused = 0
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 0x5a
      do {
        try unsafe bytes.withUnsafeBufferPointer { unsafe try decoder.decode($0, into: image, place: name) }
      } catch is DataError { refused += 1 }
    }
    #expect(refused > 0)
  }

  @Test func `bytes too many between two segments do no harm`() throws {
    try withFolder { folder in
      let bytes = try contents(of: fixtures + "420.jpg")
      let path = try write(bytes.dropLast(2) + [0x12, 0x34, 0xff, 0xd9], "a.jpg", in: folder)
      #expect(try decoded(path).samples == decoded(fixtures + "420.jpg").samples)
    }
  }

  @Test func `text under an image's name is refused by what it begins with`() throws {
    try withFolder { folder in
      let path = try write("hello", "a.png", in: folder)
      let error = #expect(throws: DataError.self) { try decoded(path) }
      #expect(error?.reason == .unknownFormat(expected: "a JPEG or PNG image", firstBytes: Array("hell".utf8)))
      #expect(
        error?.description
          == "\(path): expected a JPEG or PNG image, found a file that begins with 68 65 6c 6c; convert or remove it")
    }
  }

  @Test func `a PNG that claims a giant size is refused before memory is taken`() throws {
    var bytes = try contents(of: fixtures + "rgb.png")
    bytes.replaceSubrange(16..<24, with: [0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff])
    let error = #expect(throws: DataError.self) {
      try unsafe bytes.withUnsafeBufferPointer {
        unsafe try ImageDecoder().decode($0, into: Image(), place: "giant.png")
      }
    }
    guard case .tooLarge = error?.reason else {
      Issue.record("found \(String(describing: error))")
      return
    }
  }
}
