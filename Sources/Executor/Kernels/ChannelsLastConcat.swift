import TensorCore

/// Puts the channels of channels-last images one behind the other, pixel by pixel.
struct ChannelsLastConcat: Kernel {
  func run(_ frame: inout Frame) throws(OperatorError) {
    let y = frame.outputs[0]
    let rowByteCount = y.shape[1] * y.elementType.byteCount
    let pixels = y.shape[0] * y.shape.dimensions.dropFirst(2).reduce(1, *)
    var offset = 0
    for index in frame.inputs.indices {
      let x = try frame.input(index)
      let byteCount = x.shape[1] * x.elementType.byteCount
      for pixel in 0..<pixels {
        unsafe (y.base + (pixel &* rowByteCount &+ offset))
          .copyMemory(from: x.base + pixel &* byteCount, byteCount: byteCount)
      }
      offset += byteCount
    }
  }
}
