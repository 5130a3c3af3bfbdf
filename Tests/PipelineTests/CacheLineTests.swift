import Foundation
import Pipeline
import TestSupport
import Testing

/// Which lines a cache holds.
@Suite(.serialized) struct CacheLineTests {
  private static let recipes = files(in: "\(Checkout.root)/Calibration", ending: ".yaml")

  private static func files(in folder: String, ending: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(ending) }.sorted()
  }

  @Test func `there is a recipe for the bundled network and for each of the evaluation networks`() throws {
    #expect(Self.recipes.contains("fashion_resnet.yaml"))
    guard let root = SharedData.root() else { return }
    let networks = Self.files(in: "\(root)/models", ending: ".onnx")
    #expect(networks.count >= 8)
    for network in networks { #expect(Self.recipes.contains(network.dropLast(5) + ".yaml")) }
  }

  @Test(arguments: recipes)
  func `a cache has a line for each input and each float tensor behind one`(recipe: String) throws {
    let path = "\(Checkout.root)/Calibration/\(recipe)"
    var root: String?
    if try text(of: path).contains("${data_root}") {
      guard let found = SharedData.root() else { return }
      root = found
    }
    var settings = CalibrationSettings(recipe: try Recipe(contentsOf: path, dataRoot: root))
    settings.recipe.samples = 4
    let folder = try TemporaryFolder()
    let result = try settings.files(in: folder.path)
    #expect(result.cache.hasSuffix("\n"))
    #expect(folder.entries == ["net.cache", "net.cache.json"])

    let cache = CacheText(result.cache)
    #expect(try #require(cache.header.firstMatch(of: /TRT-(\d+)-(\w+)Calibration(2?)/)).0 == cache.header)
    #expect(Set(cache.names).count == cache.names.count)
    for (digits, scale) in zip(cache.digits, cache.scales) {
      #expect(scale > 0 && scale.isFinite)
      #expect(String(scale.bitPattern, radix: 16) == digits)
    }
    guard let expected = try Oracle.lines("float_tensors.py", [settings.recipe.model ?? ""]) else { return }
    print("\(recipe): \(cache.names.count) lines")
    #expect(cache.names == expected)
  }
}
