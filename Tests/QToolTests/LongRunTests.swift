import CalibrationData
import Foundation
import Glibc
import ONNX
import TensorCore
import TestSupport
import Testing

/// Runs over many samples: they can be stopped, and take no more memory than short ones.
@Suite(.serialized) struct LongRunTests {
  @Test func `Ctrl-C ends a run with code 130 and leaves nothing behind`() throws {
    let workplace = try Workplace()
    let shape = [8, 16, 16]
    try ONNXWriter.write(
      Workplace.network(shape: shape, convolutions: 6, channels: 32), to: workplace.path("in/slow.onnx"))
    try Self.writeZeros([1_000_000] + shape, to: workplace.path("in/many.npy"))
    var command = workplace.calibrate(["in/slow.onnx", "--data", "in/many.npy", "-o", "out/net.cache"])
    command.timeout = .seconds(60)
    let before = workplace.folder.entries
    let result = try command.run { program in
      // From then on the signal no longer ends the program by itself.
      while !program.handles(signal: SIGINT) { if program.waitForEnd(.milliseconds(5)) { return } }
      program.waitForEnd(.milliseconds(300))
      program.send(signal: SIGINT)
    }
    #expect(result.code == 130, "\(result.errors)")
    #expect(result.output.isEmpty)
    #expect(result.errors == "qtool: interrupted; nothing was written\n")
    #expect(workplace.folder.entries == before)
  }

  @Test func `a thousand samples take no more memory than a hundred`() throws {
    let workplace = try Workplace()
    let network = "\(Checkout.root)/Datasets/fashion/fashion_resnet.onnx"
    var peaks: [Int] = []
    for count in [100, 1000] {
      var random = RandomNumbers(seed: 9)
      let values = random.floats(count * 28 * 28)
      try NPYWriter.write(Tensor(values, shape: [count, 1, 28, 28]), to: workplace.path("in/\(count).npy"))
      let run = [network, "--data", "in/\(count).npy", "-o", "out/\(count).cache"]
      peaks.append(try Self.peakMemory(workplace.calibrate(run)))
    }
    Self.expectConstant(peaks, "fashion_resnet, arrays")
  }

  @Test func `a thousand pictures take no more memory than a hundred`() throws {
    guard let root = SharedData.root(having: "datasets/cifar10/calib.csv") else { return }
    let workplace = try Workplace()
    let peaks = try [100, 1000].map { count in
      let run = [
        "--recipe", "\(Checkout.root)/Calibration/cifar10_resnet20.yaml", "--data-root", root, "--samples", "\(count)",
        "-o", "out/\(count).cache",
      ]
      return try Self.peakMemory(workplace.calibrate(run))
    }
    Self.expectConstant(peaks, "cifar10_resnet20, pictures")
  }

  private static func peakMemory(_ command: Command) throws -> Int {
    let result = try command.run { $0.followMemory() }
    #expect(result.code == 0, "\(result.errors)")
    return result.peakMemory
  }

  private static func expectConstant(_ peaks: [Int], _ what: String) {
    print("\(what): peak memory \(peaks.map { "\($0 >> 20) MiB" }.joined(separator: " with 100 samples, ")) with 1,000")
    #expect(peaks[0] > 1 << 20)
    // On a busy machine one worker may get ahead of another, and statistics of a segment or two wait to be joined.
    #expect(Double(peaks[1]) <= 1.25 * Double(peaks[0]))
  }

  /// An array of zeros that takes no room on the disk.
  private static func writeZeros(_ shape: [Int], to path: String) throws {
    let extents = shape.map(String.init).joined(separator: ", ")
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }\n"
    let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    try Data(bytes).write(to: URL(filePath: path))
    let file = try FileHandle(forUpdating: URL(filePath: path))
    try file.truncate(atOffset: UInt64(bytes.count + 4 * shape.reduce(1, *)))
    try file.close()
  }
}
