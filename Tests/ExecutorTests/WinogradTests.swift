import Executor
import KernelInterface
import Kernels
import TensorCore
import TestSupport
import Testing

/// 3×3 convolutions by Winograd's transform, beside the same product by product.
@Suite struct WinogradTests {
  private static let transformed = NumericPolicy(convolution: .winograd)

  /// A convolution that the transform is used for, with images of odd and even extents and all kinds of borders.
  private static func convolution(_ random: inout RandomNumbers, channels: ClosedRange<Int> = 32...100)
    -> ConvolutionCase
  {
    var result = ConvolutionCase(&random)
    result.group = 1
    result.channels = random.int(in: channels)
    result.outputs = random.int(in: channels)
    result.kernel = [3, 3]
    result.strides = [1, 1]
    result.dilations = [1, 1]
    result.pads = (0..<4).map { _ in random.int(in: 0...2) }
    result.size = (0..<2).map { _ in random.int(in: 12...20) }
    // So wide that the error before the clip is seen.
    if result.bound != nil { result.bound = 8 }
    result.draw(&random)
    return result
  }

  @Test(arguments: 0..<20)
  func `results are right, and other bits than the direct sum's`(seed: Int) throws {
    var random = RandomNumbers(seed: UInt64(seed) + 900)
    let convolution = Self.convolution(&random)
    let x = random.tensor(convolution.inputShape)
    let found = try convolution.run(x, policy: Self.transformed)
    expectClose(found, convolution.reference(x), "\(convolution)")
    #expect(try convolution.run(x) != found, "the transform was not used: \(convolution)")
  }

  @Test func `the error is no larger than the direct sum's`() throws {
    var direct = 0.0, transformed = 0.0
    for seed in 0..<6 {
      var random = RandomNumbers(seed: UInt64(seed) + 950)
      var convolution = Self.convolution(&random, channels: 64...128)
      convolution.bound = nil
      let x = random.tensor(convolution.inputShape)
      let expected = convolution.reference(x)
      func error(_ policy: NumericPolicy) throws -> Double {
        let found = try convolution.run(x, policy: policy)
        let square = zip(found, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
        return (square / Double(expected.count)).squareRoot()
      }
      direct += try error(NumericPolicy())
      transformed += try error(Self.transformed)
    }
    print("root mean square error: direct \(direct / 6), Winograd \(transformed / 6)")
    #expect(transformed <= direct)
  }

  @Test func `an image with an infinity or NaN gets the direct sum's bits, and its neighbour keeps its own`() throws {
    var random = RandomNumbers(seed: 970)
    var convolution = Self.convolution(&random)
    convolution.batch = 2
    convolution.draw(&random)
    let values = random.floats(convolution.inputShape.count), image = values.count / 2
    let undisturbed = try convolution.run(Tensor(values, shape: convolution.inputShape), policy: Self.transformed)
    for (place, value) in [(0, Float.infinity), (image / 2 + 7, .nan), (image - 1, -.infinity), (image / 3, 3e38)] {
      var spoilt = values
      spoilt[image + place] = value
      let x = Tensor(spoilt, shape: convolution.inputShape)
      let found = try convolution.run(x, policy: Self.transformed).map(\.bitPattern)
      let half = found.count / 2
      #expect(found[..<half].elementsEqual(undisturbed[..<half].map(\.bitPattern)))
      if value != 3e38 { #expect(found[half...].elementsEqual(try convolution.run(x)[half...].map(\.bitPattern))) }
    }
  }

  @Test(arguments: [Precision.fp16, .bf16])
  func `a simulated format is summed product by product`(precision: Precision) throws {
    var random = RandomNumbers(seed: 980)
    let convolution = Self.convolution(&random)
    let x = random.tensor(convolution.inputShape)
    let direct = try convolution.run(x, policy: NumericPolicy(precision))
    let found = try convolution.run(x, policy: NumericPolicy(precision, convolution: .winograd))
    #expect(found.map(\.bitPattern) == direct.map(\.bitPattern))
  }

  @Test(arguments: [(16, 4, 4), (37, 5, 9), (70, 8, 3)])
  func `the transforms give the same bits at every width`(channels: Int, rows: Int, columns: Int) {
    var random = RandomNumbers(seed: UInt64(channels))
    let tiles = (rows + 1) / 2 * ((columns + 1) / 2), planes = WinogradTask.planeCount
    let rowStep = (columns / 2 * 2 + 4) * channels
    let window = random.floats((rows + 4) * rowStep), bias = random.floats(channels)
    var products = random.floats(planes * tiles * channels)
    var inputs: Set<[UInt32]> = [], outputs: Set<[UInt32]> = []
    for table in KernelLibrary.available {
      var image = window
      var spread = [Float](repeating: 0, count: planes * tiles * channels)
      unsafe image.withUnsafeMutableBufferPointer { image in
        unsafe spread.withUnsafeMutableBufferPointer { spread in
          unsafe products.withUnsafeMutableBufferPointer { products in
            unsafe bias.withUnsafeBufferPointer { bias in
              guard let image = image.baseAddress, let spread = spread.baseAddress, let bias = bias.baseAddress,
                let products = products.baseAddress
              else { return }
              var task = unsafe WinogradTask(
                image: image, rowStep: rowStep, channels: channels, resultRows: rows, resultColumns: columns,
                planes: spread, planeStep: tiles * channels)
              table.winogradInput(task)
              unsafe task.planes = unsafe products
              #expect(unsafe table.winogradOutput(task, bias))
            }
          }
        }
      }
      inputs.insert(spread.map(\.bitPattern))
      outputs.insert(image.map(\.bitPattern))
    }
    #expect(inputs.count == 1 && outputs.count == 1)
  }
}
