import Foundation
import Pipeline
import TestSupport
import Testing

/// `calibrate` runs on networks of all kinds.
@Suite struct PublicCalibrationTests {
  /// The samples are synthetic: of different sizes, with several inputs by name, states, token ids, fixed batches.
  @Test(arguments: PublicNetwork.fetched)
  func `synthetic samples give every float output a scale, whoever runs them`(public: PublicNetwork) throws {
    let folder = try TemporaryFolder()
    guard let path = `public`.path(), let cases = try `public`.cases(path, in: folder) else { return }
    var settings = CalibrationSettings(recipe: Recipe())
    settings.recipe.model = path
    settings.recipe.data = "\(folder.path)/samples"
    settings.recipe.method = "max"
    var caches: [String] = []
    for workers in 1...2 {
      settings.threads = workers
      settings.cachePath = "\(folder.path)/\(workers).cache"
      let summary = try settings.run()
      #expect(summary.sampleCount == cases.count)
      #expect(summary.skipped.isEmpty)
      #expect(!summary.warnings.contains { $0.contains("without a range") }, "\(summary.warnings)")
      caches.append(try text(of: summary.cachePath))
    }
    #expect(caches[0] == caches[1])
    for output in cases[0].outputs { #expect(caches[0].contains("\n\(output.name): ")) }
  }

  @Test(arguments: [("ppocr_det", "exact:160x160"), ("ppocr_cls", "exact:48x192"), ("centerface", "exact:32x32")])
  func `pictures calibrate networks that take pictures`(name: String, resize: String) throws {
    let network = PublicNetwork(name: name, isShared: false)
    let pictures = "datasets/coco128/images/calib"
    guard let path = network.path(), let root = SharedData.root(having: pictures) else { return }
    let folder = try TemporaryFolder()
    var settings = CalibrationSettings(recipe: Recipe())
    settings.recipe.model = path
    settings.recipe.data = "\(root)/\(pictures)"
    settings.recipe.samples = 4
    var flags = PreprocessingFlags()
    flags.resize = resize
    flags.divide = "255"
    flags.mean = "0.5"
    flags.std = "0.5"
    settings.recipe.preprocessing = try flags.applied(to: nil)
    settings.cachePath = "\(folder.path)/net.cache"
    let summary = try settings.run()
    #expect(summary.sampleCount == 4)
    #expect(summary.scaleCount > 50)
  }
}
