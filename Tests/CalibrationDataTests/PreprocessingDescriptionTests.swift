import CalibrationData
import Testing

/// Preprocessing in words, as reports show it.
@Suite struct PreprocessingDescriptionTests {
  @Test func `only the steps that change something are named`() {
    #expect("\(Preprocessing(channels: .gray))" == "channels gray, layout nchw")
    let pictures = Preprocessing(
      channels: .bgr, resize: .shorter(256), filter: .bicubic, crop: .init(height: 224, width: 200), divide: 255,
      mean: [0.485, 104, 1], std: [0.5])
    #expect(
      "\(pictures)"
        == "channels bgr, resize shorter:256, filter bicubic, crop 224x200, divide 255, mean 0.485,104,1, std 0.5, "
        + "layout nchw")
    let boxed = Preprocessing(
      channels: .rgb, resize: .letterbox(.init(height: 640, width: 320), pad: 114), scale: 0.125, layout: .nhwc)
    #expect(
      "\(boxed)" == "channels rgb, resize letterbox:640x320, pad 114, filter bilinear, scale 0.125, layout nhwc")
  }
}
