import Foundation
import KernelInterface
import Kernels
import TestSupport
import Testing

/// The elementary functions of every width that this processor has, beside those of float64.
@Suite struct ExponentialTests {
  @Test func `exponentials are within two units in the last place, to the ends of the numbers`() {
    let x = stride(from: -110, through: 90, by: 0.00371).map { Float($0) } + [-87.33655, -103.97, 88.72283, 0, -0.0]
    unsafe expectClose(x, { unsafe $0.exponential }, exp)
    for table in KernelLibrary.available {
      let found = unsafe apply(table.exponential, to: [.nan, .infinity, -.infinity, 89, -200, 1e30, -1e30])
      #expect(found[0].isNaN && found[1] == .infinity && found[2] == 0 && found[3] == .infinity, "\(table.name)")
      #expect(found[4] == 0 && found[5] == .infinity && found[6] == 0, "\(table.name)")
    }
  }

  @Test func `the error function is within two units in the last place`() {
    let x = stride(from: -5, through: 5, by: 0.000171).map { Float($0) } + [1, -1, 1e-30, -0x1p-140, 4, 0]
    unsafe expectClose(x, { unsafe $0.errorFunction }, erf)
    for table in KernelLibrary.available {
      let found = unsafe apply(table.errorFunction, to: [.nan, .infinity, -.infinity, 1e30])
      #expect(found[0].isNaN && found[1] == 1 && found[2] == -1 && found[3] == 1, "\(table.name)")
    }
  }

  @Test func `the logistic function is within three units in the last place`() {
    let x = stride(from: -90, through: 90, by: 0.00371).map { Float($0) }
    unsafe expectClose(x, within: 3, { unsafe $0.logistic }) { 1 / (1 + exp(-$0)) }
    for table in KernelLibrary.available {
      let found = unsafe apply(table.logistic, to: [.nan, .infinity, -.infinity])
      #expect(found[0].isNaN && found[1] == 1 && found[2] == 0, "\(table.name)")
    }
  }

  @Test(arguments: [1, 2, 5, 16, 19, 64, 131])
  func `a softmax is right at every length, and the same with fused products`(count: Int) {
    var random = RandomNumbers(seed: UInt64(count))
    let lines = random.floats(3 * count).map { $0 * 20 }
    var fused: [[UInt32]] = []
    for table in KernelLibrary.available {
      var found = lines
      unsafe found.withUnsafeMutableBufferPointer { found in
        if let start = found.baseAddress { unsafe table.softmax(start, 3, count) }
      }
      for line in 0..<3 {
        let part = lines[line * count..<(line + 1) * count].map(Double.init)
        let powers = part.map { exp($0 - part.max()!) }
        let total = powers.reduce(0, +)
        for (i, power) in powers.enumerated() {
          // Differences of up to 40 are rounded before the exponential sees them.
          #expect(abs(Double(found[line * count + i]) - power / total) <= 4e-6 * power / total + 1e-44, "\(table.name)")
        }
      }
      if table.name != "baseline" { fused.append(found.map(\.bitPattern)) }
    }
    #expect(Set(fused).count <= 1)
  }

  @Test func `a softmax of a line with NaN is NaN throughout, and leaves its neighbours alone`() {
    for table in KernelLibrary.available {
      var lines: [Float] = Array(repeating: 1, count: 40)
      lines[3] = .nan
      unsafe lines.withUnsafeMutableBufferPointer { lines in
        if let start = lines.baseAddress { unsafe table.softmax(start, 2, 20) }
      }
      #expect(lines[..<20].allSatisfy(\.isNaN) && lines[20...].allSatisfy { $0 == 0.05 }, "\(table.name)")
    }
  }

  private func apply(_ function: KernelTable.ElementFunction, to x: [Float]) -> [Float] {
    var y = x
    unsafe y.withUnsafeMutableBufferPointer { y in
      if let start = y.baseAddress { unsafe function(start, start, y.count) }
    }
    return y
  }

  private func expectClose(
    _ x: [Float], within limit: Double = 2, _ function: (KernelTable) -> KernelTable.ElementFunction,
    _ reference: (Double) -> Double
  ) {
    var fused: [[UInt32]] = []
    for table in KernelLibrary.available {
      let y = unsafe apply(function(table), to: x)
      var worst = 0.0
      for (x, y) in zip(x, y) {
        let right = reference(Double(x))
        if Float(right).isInfinite || right == 0 {
          #expect(Double(y) == right || y == Float(right), "\(table.name) \(x)")
        } else {
          worst = max(worst, abs(Double(y) - right) / Double(Float(right).ulp))
        }
      }
      #expect(worst <= limit, "\(table.name)")
      if table.name != "baseline" { fused.append(y.map(\.bitPattern)) }
      // The last element of another count goes another way, to the same bits.
      let single = x.prefix(50).map { unsafe apply(function(table), to: [$0])[0].bitPattern }
      #expect(single == y.prefix(50).map(\.bitPattern), "\(table.name)")
    }
    #expect(Set(fused).count <= 1)
  }
}
