import Glibc

/// The discrete Fourier transform of a given length: by halves where the length is a power of two, else by its definition.
struct Fourier {
  let length: Int
  private let turns: [(re: Double, im: Double)]

  init(length: Int) {
    self.length = length
    turns = (0..<length).map { i in
      let angle = -2 * Double.pi * Double(i) / Double(length)
      return (cos(angle), sin(angle))
    }
  }

  /// The inverse divides by the length.
  func run(_ signal: [(re: Double, im: Double)], isInverse: Bool) -> [(re: Double, im: Double)] {
    // The inverse is the conjugate of the transform of the conjugate.
    let input = isInverse ? signal.map { ($0.re, -$0.im) } : signal
    let output = length & (length - 1) == 0 ? byHalves(input) : byDefinition(input)
    guard isInverse else { return output }
    return output.map { ($0.re / Double(length), -$0.im / Double(length)) }
  }

  private func byDefinition(_ x: [(re: Double, im: Double)]) -> [(re: Double, im: Double)] {
    (0..<length).map { bin in
      var sum = (re: 0.0, im: 0.0), place = 0
      for value in x {
        let turn = turns[place]
        sum.re += value.re * turn.re - value.im * turn.im
        sum.im += value.re * turn.im + value.im * turn.re
        place += bin
        if place >= length { place -= length }
      }
      return sum
    }
  }

  /// Cooley and Tukey's (1965), in place after a bit reversal.
  private func byHalves(_ x: [(re: Double, im: Double)]) -> [(re: Double, im: Double)] {
    var data = x, reversed = 0
    for i in 0..<length {
      if i < reversed { data.swapAt(i, reversed) }
      var bit = length >> 1
      while bit > 0, reversed & bit != 0 {
        reversed ^= bit
        bit >>= 1
      }
      reversed |= bit
    }
    var half = 1
    while half < length {
      let step = length / (2 * half)
      for start in stride(from: 0, to: length, by: 2 * half) {
        for i in 0..<half {
          let turn = turns[i * step], odd = data[start + half + i], even = data[start + i]
          let product = (re: odd.re * turn.re - odd.im * turn.im, im: odd.re * turn.im + odd.im * turn.re)
          data[start + i] = (even.re + product.re, even.im + product.im)
          data[start + half + i] = (even.re - product.re, even.im - product.im)
        }
      }
      half *= 2
    }
    return data
  }
}
