import Foundation

/// What tests must know of the processor that they run on.
package enum Processor {
  /// Whether engines add products of eight bits in 32 bits at once; without it they add pairs in 16 bits, which saturate.
  package static var hasVNNI: Bool {
    let text = FileManager.default.contents(atPath: "/proc/cpuinfo").map { String(decoding: $0, as: UTF8.self) }
    return text?.contains("vnni") == true
  }
}
