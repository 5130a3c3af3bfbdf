import Calibration
import Foundation
import Pipeline
import TestSupport
import Testing

/// The method that is taken where none is asked for.
@Suite struct DefaultMethodTests {
  @Test func `it is the one that the calibration samples chose`() throws {
    struct Choice: Decodable {
      let `default`: String
      let mean_loss_db: [String: Double]
    }
    let bytes = try Data(contentsOf: URL(filePath: "\(Checkout.root)/Reports/methods/default.json"))
    let choice = try JSONDecoder().decode(Choice.self, from: bytes)
    #expect(RangeMethod.standard == choice.default)
    #expect(Set(choice.mean_loss_db.keys) == Set(RangeMethod.all.map(\.name)))
    let own = try #require(choice.mean_loss_db[RangeMethod.standard])
    #expect(choice.mean_loss_db.values.allSatisfy { $0 >= own })
  }

  @Test func `calibrations without a method take it`() throws {
    var settings = CalibrationSettings(recipe: try BundledNetwork.recipe())
    settings.recipe.samples = 4
    settings.recipe.method = nil
    let folder = try TemporaryFolder()
    let unnamed = try settings.files(in: folder.path)
    settings.recipe.method = RangeMethod.standard
    let named = try settings.files(in: folder.path)
    #expect(unnamed.cache == named.cache)
    #expect(unnamed.record.contains("\"\(RangeMethod.standard)\""))
  }
}
