import Foundation
import Pipeline
import TestSupport
import Testing

/// What a record says of how far scales depend on the samples.
@Suite struct EvidenceTests {
  private struct Record: Decodable {
    struct Evidence: Decodable {
      let prefixes: [Int]
      let unsettled: [String]
    }
    struct Tensor: Decodable {
      let name: String
      let scale: Double
    }
    let evidence: Evidence?
    let tensors: [Tensor]
  }

  /// The bundled network's record over the first `count` of `rows`.
  private func record(_ method: String, rows: [String], header: String, count: Int? = nil) throws -> Record {
    let folder = try TemporaryFolder()
    let manifest = "\(folder.path)/samples.csv"
    try (([header] + rows).joined(separator: "\n") + "\n").write(toFile: manifest, atomically: true, encoding: .utf8)
    var settings = CalibrationSettings(recipe: try BundledNetwork.recipe())
    settings.recipe.data = manifest
    settings.recipe.samples = count
    settings.recipe.method = method
    return try JSONDecoder().decode(Record.self, from: Data(try settings.files(in: folder.path).record.utf8))
  }

  @Test(arguments: ["entropy", "auto", "mse"])
  func `unsettled are the tensors whose scale half the samples would have made another`(method: String) throws {
    let (header, rows) = try BundledNetwork.manifestRows(60)
    let whole = try record(method, rows: rows, header: header)
    let half = try record(method, rows: rows, header: header, count: 30)
    let apart = zip(whole.tensors, half.tensors).filter { abs($1.scale / $0.scale - 1) > 0.05 }.map(\.0.name)
    #expect(try #require(whole.evidence).unsettled == apart)
  }
}
