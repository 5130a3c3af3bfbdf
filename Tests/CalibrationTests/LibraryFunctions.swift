import Foundation

/// The C library's natural logarithm.
func logarithm(_ x: Double) -> Double { log(x) }

/// The C library's exponential function.
func exponential(_ x: Double) -> Double { exp(x) }
