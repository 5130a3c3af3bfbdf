import CalibrationData
import Foundation
import TensorCore
import Testing

@Suite struct PreprocessingTests {
  private typealias Extent = Preprocessing.Extent

  @Test(arguments: [
    (
      "imagenet",
      """
      {"resize": {"shorter": 32, "filter": "bicubic"}, "crop": 27, "divide": 255, "mean": [0.485, 0.456, 0.406],
       "std": [0.229, 0.224, 0.225]}
      """
    ),
    (
      "bgr",
      """
      {"channels": "bgr", "resize": {"exact": [16, 24]}, "mean": [104, 117, 123], "layout": "nhwc"}
      """
    ),
    ("letterbox", #"{"resize": {"letterbox": [40, 48], "pad": 114}, "divide": 255}"#),
    ("grey", #"{"channels": "gray", "resize": {"exact": 28}, "divide": 256}"#),
  ])
  func `tensors equal Pillow's and NumPy's bit for bit`(name: String, json: String) throws {
    let preprocessing = try JSONDecoder().decode(Preprocessing.self, from: Data(json.utf8))
    let expected = try #require(archive("preprocessed.npz")[name])
    let tensor = try Preprocessor(preprocessing).tensor(ofImageAt: fixtures + "source.png", name: "source.png")
    #expect(tensor.shape == expected.shape)
    #expect(tensor.array(of: Float.self) == expected.array(of: Float.self))
  }

  @Test func `a record keeps every setting`() throws {
    let all = [
      Preprocessing(),
      Preprocessing(
        channels: .bgr, resize: .letterbox(Extent(height: 3, width: 5), pad: 7), filter: .openCVBilinear,
        crop: Extent(height: 2, width: 1), divide: 255, mean: [0.485, 0.1, 3e-9], std: [0.229, 1, 2], layout: .nhwc),
      Preprocessing(channels: .gray, resize: .shorter(256), filter: .bicubic, scale: 1 / 255, mean: [127], std: [128]),
      Preprocessing(resize: .exact(Extent(height: 240, width: 320)), filter: .nearest),
    ]
    for preprocessing in all {
      let json = try JSONEncoder().encode(preprocessing)
      #expect(try JSONDecoder().decode(Preprocessing.self, from: json) == preprocessing)
    }
  }

  @Test(arguments: [
    (#"{"chanels": "rgb"}"#, "chanels"), (#"{"channels": "rbg"}"#, "channels"), (#"{"resize": 256}"#, "resize"),
    (#"{"resize": {"filter": "bicubic"}}"#, "resize"), (#"{"resize": {"shorter": 0}}"#, "resize.shorter"),
    (#"{"resize": {"shorter": [2, 3]}}"#, "resize.shorter"),
    (#"{"resize": {"exact": [1, 2, 3]}}"#, "resize.exact"),
    (#"{"resize": {"exact": 5, "shorter": 5}}"#, "resize"),
    (#"{"resize": {"exact": 5, "pad": 5}}"#, "resize.pad"),
    (#"{"resize": {"letterbox": 5, "pad": 256}}"#, "resize.pad"),
    (#"{"resize": {"exact": 5, "filter": "lanczos"}}"#, "resize.filter"), (#"{"crop": 99999999999}"#, "crop"),
    (#"{"crop": "224"}"#, "crop"), (#"{"divide": 0}"#, "divide"), (#"{"divide": 2, "scale": 2}"#, "scale"),
    (#"{"mean": [1, 2]}"#, "mean"), (#"{"mean": [1, 2, 3, 4]}"#, "mean"), (#"{"std": 0}"#, "std"),
    (#"{"channels": "gray", "std": [1, 2, 3]}"#, "std"), (#"{"layout": "chw"}"#, "layout"),
  ])
  func `a wrong setting is named`(json: String, field: String) {
    let error = #expect(throws: DataError.self) {
      try JSONDecoder().decode(Preprocessing.self, from: Data(json.utf8))
    }
    guard case .field(let found, _, _) = error?.reason else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(found == field)
  }

  @Test func `a crop beyond the picture is refused with both sizes`() throws {
    let preprocessor = try Preprocessor(Preprocessing(crop: Extent(height: 60, width: 20)))
    let error = #expect(throws: DataError.self) {
      try preprocessor.tensor(ofImageAt: fixtures + "source.png", name: "source.png")
    }
    #expect(
      error?.description
        == "source.png: expected an image of at least 60 x 20 after resizing, found 53 x 67; "
        + "resize to more or crop to less")
  }

  @Test func `a narrow crop beside a thin letterboxed picture is all padding`() throws {
    let preprocessor = try Preprocessor(
      Preprocessing(
        resize: .letterbox(Extent(height: 100, width: 100), pad: 9), crop: Extent(height: 1, width: 1)))
    let image = Image()
    image.reshape(width: 200, height: 1, channels: 1)
    #expect(try preprocessor.tensor(of: image, name: "thin").array(of: Float.self) == [9, 9, 9])
  }

  @Test func `an exotic shape cannot take all memory`() throws {
    let preprocessor = try Preprocessor(
      Preprocessing(resize: .exact(Extent(height: 16_384, width: 16_384))))
    let image = Image()
    image.reshape(width: 1, height: 900_000, channels: 1)
    #expect(throws: DataError.self) { try preprocessor.tensor(of: image, name: "tall") }
  }

  @Test func `a tensor's memory is taken again once nobody holds it, not before`() throws {
    let preprocessor = try Preprocessor()
    let path = fixtures + "rgb.png"
    let first = try preprocessor.tensor(ofImageAt: path, name: "a")
    let second = try preprocessor.tensor(ofImageAt: path, name: "b")
    #expect(!first.sharesStorage(with: second))
    var places: Set<UnsafeMutableRawPointer> = unsafe []
    for _ in 0..<4 { unsafe places.insert(try preprocessor.tensor(ofImageAt: path, name: "c").base) }
    #expect(unsafe places.count == 1)
  }
}
