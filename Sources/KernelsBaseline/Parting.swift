#if WIDE512 || WIDE256
import CLanes
#endif

/// Writes the numbers that are `limit` or more to `above` and the others, NaN among them, to `below`, in their order; where
/// no number is `limit` or more, writes nothing: then `values` are those below.
///
/// - Parameters:
///   - below: Room for `count` numbers and a vector more; what lies behind those written means nothing.
///   - above: Likewise.
/// - Returns: How many went to `above`.
func part(
  _ values: UnsafePointer<Float>, _ count: Int, _ limit: Float, _ below: UnsafeMutablePointer<Float>,
  _ above: UnsafeMutablePointer<Float>
) -> Int {
  if unsafe isBelow(values, count, limit) { return 0 }
  var found = 0
  var i = 0
  @inline(__always) func placeNext() {
    let value = unsafe values[i]
    // Both are written and one is kept: nobody can foretell which.
    unsafe below[i &- found] = value
    unsafe above[found] = value
    found = found &+ (value >= limit ? 1 : 0)
    i = i &+ 1
  }
  #if WIDE512
  while i &+ lanes <= count {
    found = unsafe found &+ qtool_part16(values + i, limit, below + (i &- found), above + found)
    i = i &+ lanes
  }
  #elseif WIDE256
  while i &+ lanes <= count {
    if unsafe qtool_any_from(values + i, limit) == 0 {
      unsafe store(load(values + i), below + (i &- found))
      i = i &+ lanes
    } else {
      for _ in 0..<lanes { placeNext() }
    }
  }
  #endif
  while i < count { placeNext() }
  return found
}

/// Whether no number is `limit` or more.
private func isBelow(_ values: UnsafePointer<Float>, _ count: Int, _ limit: Float) -> Bool {
  var i = 0
  #if WIDE512 || WIDE256
  while i &+ lanes <= count {
    if unsafe qtool_any_from(values + i, limit) != 0 { return false }
    i = i &+ lanes
  }
  #endif
  while i < count {
    if unsafe values[i] >= limit { return false }
    i = i &+ 1
  }
  return true
}
