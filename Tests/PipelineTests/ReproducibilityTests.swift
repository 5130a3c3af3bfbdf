import Foundation
import Pipeline
import TestSupport
import Testing

/// The same input gives the same bytes, however the work is divided.
@Suite struct ReproducibilityTests {
  private static let sampleCount = 48

  @Test(arguments: ["entropy", "percentile", "mse", "max"])
  func `one, two and three workers give the same cache and the same record`(method: String) throws {
    var settings = CalibrationSettings(recipe: try BundledNetwork.recipe())
    settings.recipe.samples = Self.sampleCount
    settings.recipe.method = method
    var results: [(cache: String, record: String)] = []
    for workers in 1...3 {
      settings.threads = workers
      let folder = try TemporaryFolder()
      results.append(try settings.files(in: folder.path))
    }
    #expect(results[0].cache.contains(": "))
    for result in results.dropFirst() {
      #expect(result.cache == results[0].cache)
      #expect(result.record == results[0].record)
    }
  }

  @Test func `sums product by product are other last bits, the same with one, two and three workers`() throws {
    var settings = CalibrationSettings(recipe: try BundledNetwork.recipe())
    settings.recipe.samples = Self.sampleCount
    // Searches may step to another threshold for a difference in the last bits.
    settings.recipe.method = "max"
    let folder = try TemporaryFolder()
    let transformed = try settings.files(in: folder.path)
    settings.isExact = true
    var results: [(cache: String, record: String)] = []
    for workers in 1...3 {
      settings.threads = workers
      results.append(try settings.files(in: folder.path))
    }
    #expect(results.allSatisfy { $0.cache == results[0].cache && $0.record == results[0].record })
    #expect(results[0].record.contains(#""convolution" : "direct""#))
    #expect(transformed.record.contains(#""convolution" : "winograd""#))
    let pairs = zip(CacheText(results[0].cache).scales, CacheText(transformed.cache).scales)
    #expect(pairs.contains { $0 != $1 } && pairs.allSatisfy { abs($0 / $1 - 1) < 1e-5 })
  }

  @Test func `a permuted manifest gives the same cache`() throws {
    let (header, rows) = try BundledNetwork.manifestRows(Self.sampleCount)
    let folder = try TemporaryFolder()
    var random = RandomNumbers(seed: 5)
    // The same files by paths that begin at the manifest's own folder.
    let way = String(repeating: "../", count: folder.path.split(separator: "/").count)
    let relative = rows.map { way + $0.dropFirst() }
    let orders = [rows, rows.shuffled(using: &random), relative.shuffled(using: &random), rows.reversed()]
    #expect(orders[1] != orders[0])
    var caches: [String] = []
    for (index, order) in orders.enumerated() {
      let manifest = try folder.write(([header] + order).joined(separator: "\n") + "\n", to: "order\(index).csv")
      var settings = CalibrationSettings(recipe: try BundledNetwork.recipe())
      settings.recipe.data = manifest
      settings.threads = 1 + index % 3
      settings.cachePath = "\(folder.path)/order\(index).cache"
      caches.append(try text(of: try settings.run().cachePath))
    }
    #expect(CacheText(caches[0]).names.count > 10)
    for cache in caches.dropFirst() { #expect(cache == caches[0]) }
  }

  @Test func `other samples give another cache`() throws {
    let folder = try TemporaryFolder()
    var settings = CalibrationSettings(recipe: try BundledNetwork.recipe())
    settings.recipe.samples = 8
    let few = try settings.files(in: folder.path).cache
    settings.recipe.samples = 16
    #expect(try settings.files(in: folder.path).cache != few)
  }
}
