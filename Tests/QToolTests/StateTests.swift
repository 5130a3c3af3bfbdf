import CalibrationData
import Foundation
import ONNX
import TensorCore
import TestSupport
import Testing

/// Runs that are interrupted, killed, divided and put together again.
@Suite(.serialized) struct StateTests {
  private let run = ["in/slow.onnx", "--data", "in/many.npy", "--trt-version", "10.9.0"]

  /// A network and synthetic samples that take a second or more.
  private func workplace(samples: Int = 4000) throws -> Workplace {
    let workplace = try Workplace()
    let shape = [4, 16, 16]
    try ONNXWriter.write(
      Workplace.network(shape: shape, convolutions: 6, channels: 32), to: workplace.path("in/slow.onnx"))
    var random = RandomNumbers(seed: 11)
    let values = random.floats(samples * shape.reduce(1, *))
    try NPYWriter.write(Tensor(values, shape: Shape([samples] + shape)), to: workplace.path("in/many.npy"))
    return workplace
  }

  private func files(_ workplace: Workplace, _ name: String) throws -> [String] {
    [try text(of: workplace.path("out/\(name)")), try text(of: workplace.path("out/\(name).json"))]
  }

  /// How many whole blocks the state holds so far.
  private func blocks(_ path: String) -> Int {
    guard let bytes = FileManager.default.contents(atPath: path) else { return 0 }
    var count = 0
    var rest = bytes[...]
    while let found = rest.range(of: Data("QBLK".utf8)) {
      count += 1
      rest = rest[found.upperBound...]
    }
    return count
  }

  private func saved(_ result: Command.Result) throws -> Int {
    let line = try #require(result.errorLines.first { $0.contains("samples are saved there") })
    let match = try #require(line.firstMatch(of: /state: (\d+) of (\d+) samples are saved there/))
    return try #require(Int(match.1))
  }

  @Test func `Ctrl-C saves the state, and the run goes on from it to the same bytes`() throws {
    let workplace = try workplace()
    let whole = try workplace.calibrate(run + ["-o", "out/net.cache"]).run()
    #expect(whole.code == 0, "\(whole.errors)")
    let expected = try files(workplace, "net.cache")
    #expect(workplace.written == ["out/net.cache", "out/net.cache.json"])
    for name in ["net.cache", "net.cache.json"] {
      try FileManager.default.removeItem(atPath: workplace.path("out/\(name)"))
    }

    let state = workplace.path("out/net.cache.state")
    let stopped = try workplace.calibrate(run + ["-o", "out/net.cache"]).run { program in
      while blocks(state) < 2 { if program.waitForEnd(.milliseconds(2)) { return } }
      program.send(signal: SIGINT)
    }
    #expect(stopped.code == 130, "\(stopped.errors)")
    #expect(stopped.errors.contains("saved in out/net.cache.state: run the same again with --resume"))
    #expect(workplace.written == ["out/net.cache.state"])

    let resumed = try workplace.calibrate(run + ["-o", "out/net.cache", "--resume"]).run()
    #expect(resumed.code == 0, "\(resumed.errors)")
    // Nothing that was done is lost: the message and the state agree.
    let told = try #require(stopped.errors.firstMatch(of: /statistics of (\d+) samples/)).1
    #expect(try saved(resumed) == Int(told))
    #expect(try files(workplace, "net.cache") == expected)
    #expect(workplace.written == ["out/net.cache", "out/net.cache.json"])
  }

  @Test func `a run that is killed loses at most a tenth of the work`() throws {
    let workplace = try workplace()
    let count = 4000
    let whole = try workplace.calibrate(run + ["-o", "out/net.cache"]).run()
    #expect(whole.code == 0, "\(whole.errors)")
    let expected = try files(workplace, "net.cache")
    for name in ["net.cache", "net.cache.json"] {
      try FileManager.default.removeItem(atPath: workplace.path("out/\(name)"))
    }
    let state = workplace.path("out/net.cache.state")
    var seen = 0
    let killed = try workplace.calibrate(run + ["-o", "out/net.cache"]).run { program in
      // Sixteen segments: half of the set.
      while seen < 16 {
        seen = blocks(state)
        if program.waitForEnd(.milliseconds(1)) { return }
      }
      program.send(signal: SIGKILL)
    }
    #expect(killed.code == 128 + SIGKILL)
    let resumed = try workplace.calibrate(run + ["-o", "out/net.cache", "--resume"]).run()
    #expect(resumed.code == 0, "\(resumed.errors)")
    let kept = try saved(resumed)
    print("killed after \(seen) blocks; \(kept) of \(count) samples were kept")
    // What was done beyond the last block is less than one more block and what the workers hold.
    #expect(kept >= 2000 && kept < count)
    #expect(try files(workplace, "net.cache") == expected)
  }

  @Test func `shards merge to the files of one run, report and all`() throws {
    let workplace = try workplace(samples: 300)
    let output = ["-o", "out/net.cache", "--report", "out/net.html"]
    #expect(try workplace.calibrate(run + output).run().code == 0)
    let expected = try files(workplace, "net.cache")
    for index in 1...3 {
      let part = try workplace.calibrate(run + ["-o", "out/net.cache", "--shard", "\(index)/3"]).run()
      #expect(part.code == 0 && part.output.contains("shard    \(index) of 3"), "\(part.errors)")
    }
    let states = (1...3).map { "out/net.cache.\($0)-of-3.state" }
    for name in ["net.cache", "net.cache.json"] {
      try FileManager.default.removeItem(atPath: workplace.path("out/\(name)"))
    }
    let merged = try Command(
      Checkout.program, ["merge"] + states.reversed() + output, in: workplace.folder.path
    ).run()
    #expect(merged.code == 0, "\(merged.errors)")
    #expect(try files(workplace, "net.cache") == expected)
    let direct = try workplace.calibrate(run + ["-o", "out/net.cache", "--exact", "--shard", "2/3"]).run()
    #expect(direct.code == 0, "\(direct.errors)")
    let mixed = try Command(Checkout.program, ["merge"] + states + output, in: workplace.folder.path).run()
    expectRefusal(mixed, code: 65, naming: ["2-of-3.state", "convolutions were summed another way"], "mixed sums")
    let few = try Command(Checkout.program, ["merge", states[0], states[2]] + output, in: workplace.folder.path).run()
    expectRefusal(few, code: 65, naming: ["100 are missing", "--resume"], "a shard is missing")
  }

  @Test func `a state of something else is refused with the reason`() throws {
    let workplace = try workplace(samples: 300)
    #expect(try workplace.calibrate(run + ["-o", "out/net.cache", "--shard", "1/2"]).run().code == 0)
    let resume = ["-o", "out/net.cache", "--resume", "--state", "out/net.cache.1-of-2.state"]
    for (change, reason) in [
      (["--samples", "200"], "it is of 300 samples, not 200"), (["--shard", "2/2"], "of the same shard"),
      (["--method", "mean", "--shard", "1/2"], "the extremes of each sample"),
      (["--exact", "--shard", "1/2"], "convolutions were summed another way"),
    ] {
      let result = try workplace.calibrate(run + resume + change).run()
      expectRefusal(result, code: 65, naming: ["net.cache.1-of-2.state", reason], "\(change)")
    }
    try workplace.folder.write("something else\n", to: "out/no.state")
    let other = try workplace.calibrate(run + ["-o", "out/net.cache", "--resume", "--state", "out/no.state"]).run()
    expectRefusal(other, code: 65, naming: ["no.state", "found another file"], "no state")
  }

  @Test(arguments: ["0/2", "3/2", "1", "a/b", "1/0", "-1/2", "1/2/3", "99999999999999999999/2"])
  func `a shard that is none is refused`(shard: String) throws {
    let workplace = try Workplace()
    let result = try workplace.calibrate(["in/net.onnx", "--data", "in/samples.npy", "--shard=\(shard)"]).run()
    expectRefusal(result, code: 64, naming: ["--shard", "2/5"], shard)
    #expect(workplace.written.isEmpty)
  }

  @Test func `checks that fail exit with 1 and leave the files`() throws {
    let workplace = try Workplace(sampleCount: 12)
    let output = ["in/net.onnx", "--data", "in/samples.npy", "--trt-version", "10.9.0", "-o", "out/net.cache"]
    let few = try workplace.calibrate(output + ["--min-samples", "13"]).run()
    #expect(few.code == 1 && few.errors.contains("too-few-samples"), "\(few.errors)")
    #expect(workplace.written == ["out/net.cache", "out/net.cache.json"])
    #expect(try workplace.calibrate(output + ["--min-samples", "12"]).run().code == 0)

    try workplace.write(samples: 12, to: "in/samples.npy") { values in
      // The last sample is a copy, the one before constant, and one spreads a hundred times wider than the rest.
      for index in 0..<64 {
        values[11 * 64 + index] = values[index]
        values[10 * 64 + index] = 0.5
        values[9 * 64 + index] *= 100
      }
    }
    for (code, place) in [
      ("duplicate-samples", "samples.npy#11"), ("constant-samples", "samples.npy#10"),
      ("unusual-samples", "samples.npy#9"), ("unsettled", "features"), ("warning", "unsettled"),
    ] {
      let result = try workplace.calibrate(output + ["--fail-on", code]).run()
      #expect(result.code == 1 && result.errors.contains(place), "\(code): \(result.errors)")
    }
    #expect(try workplace.calibrate(output + ["--fail-on", "mask"]).run().code == 0)
    expectRefusal(
      try workplace.calibrate(output + ["--fail-on", "nonsense"]).run(), code: 64, naming: ["--fail-on", "unsettled"],
      "nonsense")
  }

  /// Samples of CIFAR's and of ImageNet's size, made from a seed and of no meaning.
  @Test(arguments: [([3, 32, 32], 10_000), ([3, 224, 224], 1000)])
  func `large synthetic sets take no more memory than a tenth of them`(shape: [Int], count: Int) throws {
    let workplace = try Workplace()
    try ONNXWriter.write(
      Workplace.network(shape: shape, convolutions: shape[1] > 100 ? 1 : 3, channels: 4),
      to: workplace.path("in/net.onnx"))
    var peaks: [Int] = []
    for part in [count / 10, count] {
      var random = RandomNumbers(seed: 7)
      var bytes: [UInt8] = []
      let size = part * shape.reduce(1, *)
      bytes.reserveCapacity(size + 8)
      while bytes.count < size {
        let word = random.next()
        for shift in stride(from: 0, to: 64, by: 8) as StrideTo<UInt64> {
          bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
      }
      bytes.removeLast(bytes.count - size)
      let name = "in/synthetic-\(part).npy"
      try NPYWriter.write(Tensor(bytes, shape: Shape([part] + shape)), to: workplace.path(name))
      let command = workplace.calibrate(["in/net.onnx", "--data", name, "-o", "out/\(part).cache"])
      let result = try command.run { $0.followMemory() }
      #expect(result.code == 0, "\(result.errors)")
      peaks.append(result.peakMemory)
    }
    print("\(count) synthetic samples of \(shape): \(peaks[1] >> 20) MiB, a tenth of them \(peaks[0] >> 20) MiB")
    #expect(Double(peaks[1]) <= 1.25 * Double(peaks[0]))
  }
}
