import CalibrationCache
import Foundation
import Pipeline
import TestSupport
import Testing

/// The caches that stand beside the recipes are what the recipes make.
@Suite struct ReferenceCacheTests {
  static let names = [
    "cifar10_resnet20", "efficientnet_lite0", "fashion_resnet", "fastestdet_coco_352", "mlperf_tiny_kws_dscnn",
    "mlperf_tiny_resnet8_cifar10", "mnist_lenet_caffe_a", "squeezenet1.1", "ultraface_slim-320",
  ]

  /// On the kernels that made the reference the bytes are the same; elsewhere sums may differ in their last bits.
  @Test(arguments: names)
  func `a recipe makes its reference cache`(name: String) throws {
    guard let dataRoot = name == "fashion_resnet" ? Checkout.root : SharedData.root() else { return }
    let base = "\(Checkout.root)/Calibration/\(name)"
    let folder = try TemporaryFolder()
    var settings = CalibrationSettings(recipe: try Recipe(contentsOf: base + ".yaml", dataRoot: dataRoot))
    settings.cachePath = "\(folder.path)/\(name).cache"
    let summary = try settings.run()
    let found = try text(of: summary.cachePath), expected = try text(of: base + ".cache")
    if try text(of: summary.recordPath) == text(of: base + ".cache.json") {
      #expect(found == expected)
      return
    }
    let a = try TensorRTCache.read(Array(found.utf8), place: "found").entries
    let b = try TensorRTCache.read(Array(expected.utf8), place: "expected").entries
    #expect(a.map(\.name) == b.map(\.name))
    let apart = zip(a, b).filter { abs($0.scale / $1.scale - 1) > 0.01 }
    print("\(name): \(zip(a, b).count { $0 != $1 }) of \(a.count) scales differ from the reference's on these kernels")
    #expect(apart.count <= a.count / 50, "\(apart.map(\.0.name))")
  }
}
