import Foundation

/// The C library's natural logarithm, which the tests compare with.
func logarithm(_ x: Double) -> Double { log(x) }
