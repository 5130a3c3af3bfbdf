import CalibrationCache
import Foundation
import TestSupport
import Testing

@Suite struct NameMappingTests {
  private func document(_ entries: KeyValuePairs<String, Float>) -> CacheDocument {
    CacheDocument(entries: entries.map { CacheEntry(name: $0.key, scale: $0.value) })
  }

  private let old = CacheDocument(
    header: TensorRTHeader("TRT-8003-EntropyCalibration2"),
    entries: [
      CacheEntry(name: "x", scale: 0.5), CacheEntry(name: "(Unnamed Layer* 1) [Shuffle]_output", scale: 0.5),
      CacheEntry(name: "/fc/MatMul_output", scale: 0.7), CacheEntry(name: "far", scale: 0.25),
      CacheEntry(name: "near", scale: 0.25), CacheEntry(name: "ONNXTRT_Broadcast_19_output", scale: 0.25),
      CacheEntry(name: "(Unnamed Layer* 9) [Constant]_output", scale: 0.125),
      CacheEntry(name: "(Unnamed Layer* 8) [Softmax]_output", scaleBits: 0x3c01_0a14),
      CacheEntry(name: "prob", scaleBits: 0x3c01_0a14), CacheEntry(name: "/act/Relu_output", scale: 2),
      CacheEntry(name: "gone", scale: 3),
    ])

  @Test func `names and order are the old ones, scales the new ones`() {
    let new = document(["prob": 1, "near": 2, "far": 3, "/fc/MatMul_output_0": 4, "x": 5, "relu1": 6, "extra": 7])
    let mapping = NameMapping(
      new, namesFrom: old, model: [ModelTensor(name: "relu1", opType: "Relu", node: "/act/Relu")])
    #expect(mapping.document.entries.map(\.name) == old.entries.map(\.name))
    let scales: [Float] = [5, 5, 4, 3, 2, 2, 0.125, Float(bitPattern: 0x3c01_0a14), 1, 6, 3]
    #expect(mapping.document.entries.map(\.scale) == scales)
    #expect(
      mapping.origins == [
        .sameName, .source("x"), .renamed("/fc/MatMul_output_0"), .sameName, .sameName, .source("near"), .unmapped,
        .unmapped,
        .sameName, .renamed("relu1"), .unmapped,
      ])
    #expect(
      mapping.unmapped == [
        "(Unnamed Layer* 9) [Constant]_output", "(Unnamed Layer* 8) [Softmax]_output", "gone",
      ])
    #expect(mapping.unused == ["extra"] && mapping.droppedNames.isEmpty)
  }

  @Test func `names without a new scale can be left out`() {
    let mapping = NameMapping(document(["x": 5]), namesFrom: old, dropsUnmapped: true)
    #expect(mapping.document.entries.map(\.name) == ["x", "(Unnamed Layer* 1) [Shuffle]_output"])
    #expect(mapping.unmapped.isEmpty && mapping.droppedNames.count == 9)
  }

  @Test func `real caches map onto themselves`() throws {
    guard let root = SharedData.root(having: "caches") else { return }
    for file in try FileManager.default.contentsOfDirectory(atPath: root + "/caches") where file.hasPrefix("trt") {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: "\(root)/caches/\(file)")))
      let cache = try TensorRTCache.read(bytes, place: file)
      // With what the parser made, all names are the same; without it, what is found is right.
      #expect(NameMapping(cache, namesFrom: cache).document == cache)
      var named = cache
      named.entries.removeAll { ParserMadeName.matches($0.name) }
      let mapping = NameMapping(named, namesFrom: cache)
      #expect(mapping.document.entries == cache.entries && mapping.unused.isEmpty)
      let made = cache.entries.count - named.entries.count
      print("\(file): \(made) tensors made by the parser, \(made - mapping.unmapped.count) found")
    }
  }
}
