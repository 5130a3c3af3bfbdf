import Foundation
import TestSupport
import Testing

/// `qtool benchmark`, and the choice of kernels.
@Suite struct BenchmarkTests {
  private struct Times: Decodable {
    let samples: Int
    let threads: Int
    let instructionSet: String
    let forwardMs: [Double]
    let calibrateMs: [Double]
    let scalesMs: Double
  }

  private func benchmark(_ arguments: [String], kernels: String? = nil) throws -> Command.Result {
    var command = Command(
      Checkout.program, ["benchmark", "--recipe", "Calibration/fashion_resnet.yaml", "--samples", "3"] + arguments,
      in: Checkout.root)
    command.environment["QTOOL_KERNELS"] = kernels
    return try command.run()
  }

  @Test func `a benchmark times as many passes of each kind as it was asked for`() throws {
    let result = try benchmark(["--rounds", "2", "--threads", "1", "--json"])
    #expect(result.code == 0 && result.errors.isEmpty, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let times = try decoder.decode(Times.self, from: Data(result.output.utf8))
    #expect(times.samples == 3 && times.threads == 1)
    #expect(times.forwardMs.count == 2 && times.calibrateMs.count == 2)
    #expect((times.forwardMs + times.calibrateMs + [times.scalesMs]).allSatisfy { $0 > 0 && $0.isFinite })
  }

  private struct Profile: Decodable {
    struct Step: Decodable {
      let operators: String
      let isTransformed: Bool
      let multiplyAccumulates: Int
      let kernelMs: Double
    }

    let peakGflops: Double
    let profile: [Step]
  }

  @Test func `a profile sets each step's work beside the peak, and tells which took a shorter way`() throws {
    func profile(_ arguments: [String]) throws -> Profile {
      let result = try benchmark(["--rounds", "1", "--profile", "--json"] + arguments)
      #expect(result.code == 0, "\(result.errors)")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Profile.self, from: Data(result.output.utf8))
    }
    let found = try profile([])
    // A core has some operations in a nanosecond, and no more than a few hundred.
    #expect((1...2000).contains(found.peakGflops))
    let direct = found.profile.filter { !$0.isTransformed && $0.multiplyAccumulates > 0 }
    #expect(!direct.isEmpty && found.profile.contains { $0.isTransformed })
    for step in direct {
      #expect(2 * Double(step.multiplyAccumulates) / step.kernelMs / 1e6 < 1.1 * found.peakGflops, "\(step)")
    }
    #expect(try profile(["--exact"]).profile.allSatisfy { !$0.isTransformed })
  }

  @Test func `the prepared samples can be saved for another program`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/inputs.npy"
    let result = try benchmark(["--rounds", "1", "--save-inputs", path])
    #expect(result.code == 0, "\(result.errors)")
    let header = try #require(FileManager.default.contents(atPath: path)).prefix(128)
    #expect(String(decoding: header, as: UTF8.self).contains("'shape': (3, 1, 28, 28)"))
    let refused = try benchmark(["--save-inputs", "\(folder.path)/none/inputs.npy"])
    #expect(refused.code == 73)
  }

  @Test func `the environment chooses the kernels, and a choice that cannot be followed is refused`() throws {
    let result = try benchmark(["--rounds", "1", "--profile"], kernels: "baseline")
    #expect(result.code == 0 && result.output.contains("baseline"), "\(result.errors)")
    #expect(result.output.contains("Conv"))
    let refused = try benchmark([], kernels: "v9")
    #expect(refused.code == 64)
    #expect(refused.errorLines.count == 1 && refused.errors.contains("QTOOL_KERNELS"), "\(refused.errors)")
  }

  @Test func `kernels with fused products of either width make the same cache`() throws {
    let folder = try TemporaryFolder()
    var caches: [String] = []
    for kernels in ["v3", "v4"] {
      var command = Command(
        Checkout.program,
        [
          "calibrate", "--recipe", "Calibration/fashion_resnet.yaml", "--samples", "40", "--quiet", "-o",
          "\(folder.path)/\(kernels).cache",
        ], in: Checkout.root)
      command.environment["QTOOL_KERNELS"] = kernels
      let result = try command.run()
      guard result.code == 0 else {
        // Not every processor has both; the program says so.
        print("skipped \(kernels): \(result.errors)")
        #expect(result.errors.contains("on this processor"), "\(result.errors)")
        continue
      }
      caches.append(try text(of: "\(folder.path)/\(kernels).cache"))
    }
    #expect(Set(caches).count <= 1)
  }
}
