/// The float32 value of each of the 256 samples, for each channel of the tensor.
///
/// An 8-bit sample has few values: looking them up is as exact as computing each, and faster.
struct NormalizationTable: Sendable {
  /// 256 values for the first channel, then for the next.
  let values: [Float]

  init(_ preprocessing: Preprocessing) {
    var values: [Float] = []
    for channel in 0..<preprocessing.channels.count {
      let mean = preprocessing.mean[preprocessing.mean.count == 1 ? 0 : channel]
      let std = preprocessing.std[preprocessing.std.count == 1 ? 0 : channel]
      for sample in 0..<256 {
        let scaled =
          preprocessing.scale != 1 ? Float(sample) * preprocessing.scale : Float(sample) / preprocessing.divide
        values.append((scaled - mean) / std)
      }
    }
    self.values = values
  }
}
