import CalibrationData
import Foundation
import TensorCore
import Testing

/// Our own decoding and preprocessing of the evaluation data against what Pillow made of them.
@Suite struct SharedDataTests {
  private typealias Extent = Preprocessing.Extent

  @Test(arguments: [
    (
      "efficientnet_lite0",
      Preprocessing(
        resize: .shorter(256), filter: .bicubic, crop: Preprocessing.Extent(height: 224, width: 224))
    ),
    (
      "squeezenet1.1",
      Preprocessing(channels: .bgr, resize: .shorter(256), crop: Preprocessing.Extent(height: 227, width: 227))
    ),
  ])
  func `ImageNet pictures equal Pillow's`(network: String, preprocessing: Preprocessing) throws {
    guard let root = sharedData("expected/\(network).input_u8.npy") else { return }
    let expected = try array(root + "expected/\(network).input_u8.npy").array(of: UInt8.self)
    let set = try SampleSet.open(root + "datasets/imagenet/test.csv")
    let preprocessor = try Preprocessor(preprocessing)
    var found: [UInt8] = []
    for sample in set.samples.prefix(16) {
      let tensor = try #require(sample.load(with: preprocessor).first).tensor
      found += tensor.array(of: Float.self).map { UInt8($0) }
    }
    #expect(found == expected)
  }

  @Test func `CIFAR inputs equal NumPy's bit for bit`() throws {
    guard let root = sharedData("expected/cifar10_resnet20.input.npy") else { return }
    let preprocessing = Preprocessing(divide: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
    try expectInputs(of: "cifar10_resnet20", "datasets/cifar10/test.csv", preprocessing, root: root)
    try expectInputs(of: "mlperf_tiny_resnet8_cifar10", "datasets/cifar10/test.csv", Preprocessing(), root: root)
  }

  @Test func `MNIST comes from its packed files with labels`() throws {
    guard let root = sharedData("expected/mnist_lenet_caffe_a.input.npy") else { return }
    let path = "datasets/mnist/t10k-images-idx3-ubyte.gz"
    let set = try expectInputs(
      of: "mnist_lenet_caffe_a", path, Preprocessing(channels: .gray, divide: 256), root: root)
    #expect(set.count == 10_000)
    #expect(set.samples.prefix(10).map(\.label) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
    #expect(set.contentPaths.count == 2)
  }

  @Test func `prepared arrays pass as they stand`() throws {
    guard let root = sharedData("expected/mlperf_tiny_kws_dscnn.input.npy") else { return }
    let set = try expectInputs(of: "mlperf_tiny_kws_dscnn", "datasets/kws/test.csv", nil, root: root)
    #expect(set.isLabelled)
    #expect(set.sliceColumns == ["class"])
  }

  @Test func `every picture of the evaluation data can be decoded`() throws {
    guard let root = sharedData("datasets/imagenet/calib.csv") else { return }
    let preprocessor = try Preprocessor()
    for path in ["imagenet/calib.csv", "imagenet/test.csv", "coco128/images/val", "coco128/images/calib"] {
      for sample in try SampleSet.open(root + "datasets/" + path).samples {
        #expect(throws: Never.self, "\(sample.identifier)") { try sample.load(with: preprocessor) }
      }
    }
  }

  @discardableResult
  private func expectInputs(
    of network: String, _ data: String, _ preprocessing: Preprocessing?, root: String
  ) throws -> SampleSet {
    let expected = try array(root + "expected/\(network).input.npy").array(of: Float.self)
    let set = try SampleSet.open(root + data)
    let preprocessor = try Preprocessor(preprocessing)
    var found: [Float] = []
    for sample in set.samples.prefix(16) {
      found += try #require(sample.load(with: preprocessor).first).tensor.array(of: Float.self)
    }
    #expect(found == expected, "\(network)")
    return set
  }
}
