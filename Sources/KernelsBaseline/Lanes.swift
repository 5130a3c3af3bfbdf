// Compiled three times: by KernelsV4 and KernelsV3 through symbolic links, with wider vectors.

#if WIDE512
typealias Lanes = SIMD16<Float>
typealias Words = SIMD16<Int32>
typealias Magnitudes = SIMD16<UInt32>
#elseif WIDE256
typealias Lanes = SIMD8<Float>
typealias Words = SIMD8<Int32>
typealias Magnitudes = SIMD8<UInt32>
#else
typealias Lanes = SIMD4<Float>
typealias Words = SIMD4<Int32>
typealias Magnitudes = SIMD4<UInt32>
#endif

/// How many floats a vector has, as a constant that loops can be unrolled by.
@inline(__always) var lanes: Int { Lanes.scalarCount }

@inline(__always)
func load(_ source: UnsafePointer<Float>) -> Lanes { unsafe UnsafeRawPointer(source).loadUnaligned(as: Lanes.self) }

@inline(__always)
func store(_ values: Lanes, _ target: UnsafeMutablePointer<Float>) {
  unsafe UnsafeMutableRawPointer(target).storeBytes(of: values, as: Lanes.self)
}

/// `sum + x · y`: rounded once where the instructions can, so that v3 and v4 agree to the last bit.
@inline(__always)
func multiplyAdd(_ sum: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
  #if WIDE512 || WIDE256
  sum.addingProduct(x, y)
  #else
  // Without the instruction a fused product would be a call of fmaf for every lane.
  sum + x * y
  #endif
}

/// `min(max(x, lower), upper)` by comparisons, so that NaN passes.
@inline(__always)
func clipped(_ x: Lanes, _ lower: Lanes, _ upper: Lanes) -> Lanes {
  let raised = x.replacing(with: lower, where: x .< lower)
  return raised.replacing(with: upper, where: raised .> upper)
}
