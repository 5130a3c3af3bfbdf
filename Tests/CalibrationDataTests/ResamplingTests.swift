import CalibrationData
import TensorCore
import Testing

@Suite struct ResamplingTests {
  static let cases: [String] = ["20x31", "20x67", "53x20", "1x1", "58x72", "70x5"]

  @Test(arguments: ResizeFilter.allCases, cases)
  func `resized pixels equal the original's library's`(filter: ResizeFilter, size: String) throws {
    let expected = try #require(archive("resized.npz")["\(filter.rawValue) \(size)"])
    let (height, width) = (expected.shape[0], expected.shape[1])
    let source = try decoded(fixtures + "source.png"), target = Image()
    Resampler().resize(
      source, width: width, height: height, window: PixelWindow(x: 0, y: 0, width: width, height: height),
      filter: filter, into: target)
    #expect(target.samples == expected.array(of: UInt8.self))
  }

  @Test(arguments: [ResizeFilter.bilinear, .bicubic, .nearest])
  func `one channel is resized as three are`(filter: ResizeFilter) throws {
    let expected = try #require(archive("resized.npz")["\(filter.rawValue) 20x31 grey"])
    let source = try decoded(fixtures + "source.png"), green = Image(), target = Image()
    green.reshape(width: source.width, height: source.height, channels: 1)
    for index in 0..<green.count { unsafe green.base[index] = source.samples[3 * index + 1] }
    Resampler().resize(
      green, width: 31, height: 20, window: PixelWindow(x: 0, y: 0, width: 31, height: 20), filter: filter,
      into: target)
    #expect(target.samples == expected.array(of: UInt8.self))
  }

  @Test func `OpenCV's reduction by two is a mean of four`() throws {
    let fixture = try archive("halved.npz")
    let source = try #require(fixture["source"]), expected = try #require(fixture["halved"])
    let image = Image(), target = Image()
    image.reshape(width: source.shape[1], height: source.shape[0], channels: 3)
    for (index, sample) in source.array(of: UInt8.self).enumerated() { unsafe image.base[index] = sample }
    Resampler().resize(
      image, width: 11, height: 8, window: PixelWindow(x: 0, y: 0, width: 11, height: 8), filter: .openCVBilinear,
      into: target)
    #expect(target.samples == expected.array(of: UInt8.self))
  }

  /// Memory and weights of one picture must not reach into the next.
  @Test(arguments: ResizeFilter.allCases)
  func `a window's pixels are those of the whole`(filter: ResizeFilter) throws {
    let source = try decoded(fixtures + "source.png")
    let whole = Image(), part = Image(), resampler = Resampler()
    var generator = SplitMix64(seed: 7)
    for _ in 0..<50 {
      let width = 1 + generator.next(below: 90), height = 1 + generator.next(below: 90)
      let x = generator.next(below: width), y = generator.next(below: height)
      let window = PixelWindow(
        x: x, y: y, width: 1 + generator.next(below: width - x), height: 1 + generator.next(below: height - y))
      resampler.resize(source, width: width, height: height, window: window, filter: filter, into: part)
      Resampler().resize(
        source, width: width, height: height, window: PixelWindow(x: 0, y: 0, width: width, height: height),
        filter: filter, into: whole)
      let all = whole.samples
      var expected: [UInt8] = []
      for row in y..<y + window.height {
        expected += all[(row * width + x) * 3..<(row * width + x + window.width) * 3]
      }
      #expect(part.samples == expected, "\(width) x \(height), \(window)")
    }
  }
}
