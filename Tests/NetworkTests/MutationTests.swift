import Dispatch
import Foundation
import ONNX
import Synchronization
import TensorCore
import TestSupport
import Testing

/// Spoilt files: whatever is in them, the program ends with a result or with one clear error.
@Suite struct MutationTests {
  private static let caseCount = 2000
  private static let rewriteCount = 1200
  /// In KiB: what one run may map. A network that asks for more must be refused, not be killed.
  private static let memory = 8 << 20
  private static let timeout = Duration.seconds(60)

  struct Victim: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [Tensor]
    let bytes: @Sendable () throws -> [UInt8]
    var testDescription: String { name }
  }

  static let victims = [
    Victim(name: "the bundled network", inputs: [values([1, 1, 28, 28])]) {
      [UInt8](try Data(contentsOf: URL(filePath: "\(Checkout.root)/Datasets/fashion/fashion_resnet.onnx")))
    },
    Victim(name: "shapes computed from shapes", inputs: [values([1, 2, 6, 6])]) {
      [UInt8](try ONNXWriter.bytes(of: SmallNetworks.shapes))
    },
    Victim(name: "states and branches", inputs: [values([3, 1, 4])]) {
      [UInt8](try ONNXWriter.bytes(of: SmallNetworks.branches))
    },
  ]

  private static func values(_ shape: Shape) -> Tensor {
    var random = RandomNumbers(seed: 4)
    return Tensor(random.floats(shape.count), shape: shape)
  }

  @Test(arguments: victims) func `a mutated file ends in a result or in one error`(victim: Victim) throws {
    try Self.mutate(victim, times: Self.caseCount) { _ in
      ["run", "net.onnx", "--output-dir", "out"] + victim.inputs.indices.flatMap { ["--input", "\($0).npy"] }
    }
  }

  @Test(arguments: victims.filter { $0.inputs.count == 1 })
  func `what rewrites a network bears mutated ones too`(victim: Victim) throws {
    let folder = try TemporaryFolder()
    try folder.write(try victim.bytes(), to: "net.onnx")
    try NPYFile.write(victim.inputs[0], to: "\(folder.path)/0.npy")
    let cache = "\(folder.path)/cache"
    let calibrated = try Command(
      Checkout.program, ["calibrate", "net.onnx", "--data", "0.npy", "-o", cache, "--quiet"], in: folder.path
    ).run()
    #expect(calibrated.code == 0, "\(calibrated.errors)")
    let integers = ["--calibration", cache]
    let export = ["export", "net.onnx", "-o", "out.onnx"]
    // The first suits every sound network.
    let commands = [
      export + ["--format", "fp16"],
      export + integers + ["--format", "qdq", "--allow-missing"],
      export + integers + ["--format", "mixed", "--allow-missing", "--target", "onnxruntime"],
      export + ["--format", "opset", "--opset", "22"],
      ["compare", "net.onnx", "--data", "0.npy", "--target", "onnxruntime"] + integers,
      ["compare", "net.onnx", "--data", "0.npy", "--target", "openvino"] + integers,
    ]
    try Self.mutate(victim, times: Self.rewriteCount) { commands[$0 % commands.count] }
  }

  /// Runs the commands that `arguments` gives by number, each in a folder with a mutated network and the inputs.
  private static func mutate(_ victim: Victim, times: Int, _ arguments: @Sendable (Int) -> [String]) throws {
    let sound = try victim.bytes()
    let whole = try Self.run(sound, of: victim, arguments(0))
    #expect(whole.code == 0, "\(whole.errors)")
    let counts = Mutex<[Int32: Int]>([:])
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: ProcessInfo.processInfo.activeProcessorCount) { _ in
      while true {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < times else { return }
        do {
          let result = try Self.run(Self.mutated(sound, seed: number), of: victim, arguments(number))
          counts.withLock { $0[result.code, default: 0] += 1 }
          if let fault = Self.fault(result) {
            Issue.record("\(victim.name), mutation \(number), \(arguments(number).joined(separator: " ")): \(fault)")
          }
        } catch {
          Issue.record("\(victim.name), mutation \(number): \(error)")
        }
      }
    }
    let codes = counts.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.value) × code \($0.key)" } }
    print("\(victim.name): \(times) mutations, \(codes.joined(separator: ", "))")
  }

  /// One to three bytes replaced, at places that `seed` decides.
  private static func mutated(_ sound: [UInt8], seed: Int) -> [UInt8] {
    var random = RandomNumbers(seed: UInt64(seed) + 1)
    var bytes = sound
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    return bytes
  }

  private static func run(_ bytes: [UInt8], of victim: Victim, _ arguments: [String]) throws -> Command.Result {
    let folder = try TemporaryFolder()
    try folder.write(bytes, to: "net.onnx")
    for (index, input) in victim.inputs.enumerated() {
      try NPYFile.write(input, to: "\(folder.path)/\(index).npy")
    }
    var command = Command(
      "/bin/sh", ["-c", "ulimit -v \(memory); exec \"$0\" \"$@\"", Checkout.program] + arguments + ["--quiet"],
      in: folder.path)
    command.timeout = timeout
    return try command.run()
  }

  /// What is wrong with the way the program ended; nil where nothing is.
  private static func fault(_ result: Command.Result) -> String? {
    if result.code == 0 { return result.errors.isEmpty ? nil : "words on standard error: \(result.errors)" }
    guard [64, 65, 66].contains(result.code) else { return "code \(result.code): \(result.errors)" }
    guard result.errorLines.count == 1, result.errors.hasPrefix("qtool: "), result.output.isEmpty else {
      return "code \(result.code), but not one line: \(result.errors)"
    }
    return nil
  }
}
