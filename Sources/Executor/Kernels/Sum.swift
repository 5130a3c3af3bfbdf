/// The sum of `values`, added in sixteen lanes and then pairwise: the error grows with the logarithm of the count,
/// and the order never depends on anything but the count.
func sum(_ values: UnsafeBufferPointer<Float>) -> Float {
  if values.count <= 4096 { return unsafe sumOfBlock(values) }
  let half = values.count / 2
  return unsafe sum(UnsafeBufferPointer(rebasing: values[..<half]))
    + sum(UnsafeBufferPointer(rebasing: values[half...]))
}

private func sumOfBlock(_ values: UnsafeBufferPointer<Float>) -> Float {
  guard let base = unsafe UnsafeRawPointer(values.baseAddress) else { return 0 }
  var lanes = SIMD16<Float>()
  var i = 0
  while i &+ 16 <= values.count {
    lanes += unsafe base.loadUnaligned(fromByteOffset: i &* 4, as: SIMD16<Float>.self)
    i &+= 16
  }
  var rest: Float = 0
  while i < values.count {
    rest += unsafe values[i]
    i &+= 1
  }
  return lanes.sum() + rest
}
