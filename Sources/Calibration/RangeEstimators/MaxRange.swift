/// The largest finite magnitude: nothing saturates.
///
/// `amax / 127` in binary32 gives the bits that TensorRT's MinMax calibrator writes.
package struct MaxRange: RangeEstimator {
  package static let name = "max"

  package init() {}

  package var parameters: [RangeParameter] { [] }

  package func threshold(of tensor: TensorCollector) -> RangeThreshold { RangeThreshold(Double(tensor.amax)) }
}
