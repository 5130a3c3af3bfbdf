import Executor
import KernelInterface
import Kernels
import TensorCore
import TestSupport
import Testing

/// The kernels of every width that this processor has, by themselves.
@Suite struct KernelTableTests {
  @Test(arguments: 0..<40)
  func `convolutions of every width are right, and those with fused products equal to the last bit`(seed: Int) {
    var random = RandomNumbers(seed: UInt64(seed) + 100)
    let task = ConvolutionSpecimen(&random)
    let expected = task.reference()
    var fused: [[UInt32]] = []
    for table in KernelLibrary.available where task.outputs >= table.lanes {
      let found = task.run(table)
      expectClose(found, expected, "\(table.name) \(task)")
      if table.name != "baseline" { fused.append(found.map(\.bitPattern)) }
    }
    #expect(Set(fused).count <= 1, "\(task)")
  }

  @Test(arguments: 0..<30)
  func `depthwise kernels and pools of every width agree`(seed: Int) {
    var random = RandomNumbers(seed: UInt64(seed) + 200)
    let specimen = WindowSpecimen(&random)
    let expected = specimen.reference()
    var fused: [[UInt32]] = [], largest: [[UInt32]] = [], means: [[UInt32]] = []
    for table in KernelLibrary.available {
      let found = specimen.depthwise(table)
      expectClose(found, expected, "\(table.name) \(specimen)")
      if table.name != "baseline" { fused.append(found.map(\.bitPattern)) }
      largest.append(specimen.run { table.maxPool($0) }.map(\.bitPattern))
      means.append(specimen.run { table.averagePool($0, nil, nil) }.map(\.bitPattern))
    }
    #expect(Set(fused).count <= 1, "\(specimen)")
    #expect(Set(largest).count == 1, "\(specimen)")
    #expect(Set(means).count == 1, "\(specimen)")
  }

  @Test(arguments: 0..<20)
  func `what follows a depthwise convolution gives the bits of a pass of its own`(seed: Int) {
    var random = RandomNumbers(seed: UInt64(seed) + 250)
    let specimen = WindowSpecimen(&random)
    for table in KernelLibrary.available {
      let plain = specimen.depthwise(table)
      withEpilogue(
        scale: specimen.scale, shift: specimen.shift, residual: specimen.residual, bounds: -0.5...1
      ) { epilogue in
        let expected = table.finished(plain, channels: specimen.channels, epilogue)
        let found = specimen.depthwise(table, epilogue)
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "\(table.name) \(specimen)")
      }
    }
  }

  @Test func `an epilogue gives the bits of separate passes, and lets NaN pass`() {
    var random = RandomNumbers(seed: 7)
    let channels = 19, pixels = 5
    var values = random.floats(channels * pixels)
    values[3] = .nan
    values[40] = .infinity
    let scale = random.floats(channels), shift = random.floats(channels), other = random.floats(channels * pixels)
    let expected = values.indices.map { i -> UInt32 in
      let sum = values[i] * scale[i % channels] + shift[i % channels] + other[i]
      let raised = sum < -0.5 ? -0.5 : sum
      return (raised > 0.5 ? 0.5 : raised).bitPattern
    }
    for table in KernelLibrary.available {
      withEpilogue(scale: scale, shift: shift, residual: other, bounds: -0.5...0.5) { epilogue in
        let found = table.finished(values, channels: channels, epilogue)
        #expect(found.map(\.bitPattern) == expected, "\(table.name)")
      }
    }
  }

  @Test(arguments: 0..<30)
  func `places of every width are those of single values`(seed: Int) {
    var random = RandomNumbers(seed: UInt64(seed) + 300)
    var values = random.floats(200 + seed).map { $0 * 4 }
    for i in values.indices where i % 5 < seed % 4 { values[i] = i % 2 == 0 ? 0 : -0.0 }
    if seed % 3 == 0 { values = values.map(abs) }
    values[7] = 0x1p-30
    // The bins of magnitudes below 4 and down to 2⁻²⁰, as one sign of a histogram has them.
    let positive = BinPlaces(scale: 0x1p13, linear: 2000, logarithmic: 16 - (107 << 7))
    let negative = BinPlaces(scale: 0x1p12, linear: 70_000, logarithmic: 40_000 - (107 << 7))
    let expected = values.filter { $0 != 0 }.map { value in
      (value < 0 ? negative : positive).place(ofMagnitude: value.magnitude.bitPattern)
    }
    for table in KernelLibrary.available {
      var places = [UInt32](repeating: 0, count: values.count + BinTask.zeroPlaces)
      var scan = BinScan()
      unsafe values.withUnsafeBufferPointer { values in
        unsafe places.withUnsafeMutableBufferPointer { places in
          guard let source = values.baseAddress, let target = places.baseAddress else { return }
          scan = unsafe table.placeBins(
            BinTask(
              values: source, count: values.count, negative: seed % 3 == 0 ? nil : negative, positive: positive,
              places: target))
        }
      }
      let found = places.prefix(scan.placed).filter { $0 >= BinTask.zeroPlaces }
      #expect(found.sorted() == expected.sorted(), "\(table.name)")
      #expect(scan.lowest == values.min() && scan.highest == values.max(), "\(table.name)")
      let leastNegative = values.filter { $0 < 0 }.max()?.magnitude.bitPattern ?? .max
      #expect(scan.leastPositive == Float(0x1p-30).bitPattern && scan.leastNegative == leastNegative, "\(table.name)")
      #expect(scan.zeros == values.count { $0 == 0 } && scan.isFinite, "\(table.name)")
    }
  }

  @Test(arguments: 0..<30)
  func `parting by a limit keeps every number and the order of each part`(seed: Int) {
    var random = RandomNumbers(seed: UInt64(seed) + 400)
    var values = random.floats(150 + seed).map { $0 * 4 }
    let limit: Float = seed % 3 == 0 ? 1 : 3.5
    for i in values.indices where i % 11 == seed % 11 { values[i] = [.nan, .infinity, -.infinity, limit, 0][i % 5] }
    expectParts(values, limit)
    // None may be beyond but the last one, or none at all: then nothing is written.
    let low = values.map { $0 >= limit ? -limit : $0 }
    expectParts(low, limit)
    expectParts(Array(low.dropLast()) + [limit], limit)
  }

  private func expectParts(_ values: [Float], _ limit: Float) {
    let above = values.filter { $0 >= limit }, below = above.isEmpty ? [] : values.filter { !($0 >= limit) }
    for table in KernelLibrary.available {
      let room = values.count + table.lanes
      var found = [Float](repeating: 0, count: 2 * room)
      var count = 0
      unsafe values.withUnsafeBufferPointer { values in
        unsafe found.withUnsafeMutableBufferPointer { found in
          guard let source = values.baseAddress, let target = found.baseAddress else { return }
          count = unsafe table.part(source, values.count, limit, target, target + room)
        }
      }
      #expect(count == above.count, "\(table.name)")
      #expect(found.prefix(below.count).map(\.bitPattern) == below.map(\.bitPattern), "\(table.name)")
      #expect(found[room...].prefix(count).map(\.bitPattern) == above.map(\.bitPattern), "\(table.name)")
      #expect(!above.isEmpty || found.allSatisfy { $0 == 0 }, "\(table.name)")
    }
  }

  @Test(arguments: [(16, 1), (24, 2), (40, 3), (64, 4), (80, 5), (113, 8)])
  func `panels cover every channel with whole vectors`(channels: Int, vectors: Int) {
    let layout = PanelLayout(channels: channels, lanes: 16, widest: 4)
    #expect(layout.panels.reduce(0) { $0 + $1.vectors } == vectors)
    var covered = Set<Int>()
    for panel in layout.panels {
      #expect(panel.firstChannel + panel.tail + 16 <= channels)
      for vector in 0..<panel.vectors {
        let first = panel.firstChannel + (vector == panel.vectors - 1 ? panel.tail : vector * 16)
        covered.formUnion(first..<(first + 16))
      }
    }
    #expect(covered == Set(0..<channels))
  }
}
