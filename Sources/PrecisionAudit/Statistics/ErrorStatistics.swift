import Foundation
package import TensorCore

/// How far the values of a tensor are from those they should have, added up over samples.
///
/// Sums are in binary64 and in the order of the calls; merged by ascending rank they do not depend on workers.
package struct ErrorStatistics: Sendable, Hashable, Codable {
  /// Σ x², of the reference.
  package private(set) var signal = 0.0
  /// Σ y², of the other.
  package private(set) var copy = 0.0
  /// Σ (x − y)².
  package private(set) var noise = 0.0
  /// Σ x · y.
  package private(set) var product = 0.0
  /// The largest |x − y|.
  package private(set) var greatest = 0.0
  /// The largest |x|.
  package private(set) var largest = 0.0
  package private(set) var count = 0
  /// Elements that are finite in the reference and not in the other, or NaN in one only.
  package private(set) var broken = 0

  package init() {}

  /// The signal-to-quantization-noise ratio `10 · log₁₀(Σ x² / Σ (x − y)²)` in dB: ∞ where nothing differs, −∞ where a
  /// value broke, NaN where there are no values.
  package var decibels: Double {
    if broken > 0 { return -.infinity }
    if noise == 0 { return count == 0 ? .nan : .infinity }
    return 10 * log10(signal / noise)
  }

  /// `Σ x·y / √(Σ x² · Σ y²)`; 1 where nothing differs, 0 where a value broke.
  package var cosine: Double {
    if broken > 0 { return 0 }
    if noise == 0 { return 1 }
    let scale = (signal * copy).squareRoot()
    return scale > 0 ? product / scale : 0
  }

  /// The largest difference over the largest magnitude of the reference; ∞ where a value broke.
  package var relative: Double {
    if broken > 0 { return .infinity }
    if greatest == 0 { return 0 }
    return largest > 0 ? greatest / largest : .infinity
  }

  package mutating func merge(_ other: ErrorStatistics) {
    signal += other.signal
    copy += other.copy
    noise += other.noise
    product += other.product
    greatest = max(greatest, other.greatest)
    largest = max(largest, other.largest)
    count += other.count
    broken += other.broken
  }

  /// Adds the elements of two buffers, in any order that both share. Equal infinities are no difference; elements that
  /// are not finite in the reference are left out where they are equal.
  package mutating func add(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, count: Int) {
    typealias Lanes = SIMD8<Double>
    var signals = Lanes.zero, copies = Lanes.zero, noises = Lanes.zero, products = Lanes.zero
    var most = SIMD8<Float>.zero, tallest = SIMD8<Float>.zero
    let first = unsafe UnsafeRawPointer(x), second = unsafe UnsafeRawPointer(y)
    var i = 0
    while i &+ 8 <= count {
      let a = unsafe first.loadUnaligned(fromByteOffset: i &* 4, as: SIMD8<Float>.self)
      let b = unsafe second.loadUnaligned(fromByteOffset: i &* 4, as: SIMD8<Float>.self)
      let difference = a - b
      // x − x is 0 unless x is not finite: one comparison finds blocks that need care.
      if (difference - difference) != .zero {
        unsafe addCarefully(x + i, y + i, 8)
      } else {
        let p = Lanes(a), q = Lanes(b), d = Lanes(difference)
        signals += p * p
        copies += q * q
        noises += d * d
        products += p * q
        let magnitude = difference.replacing(with: -difference, where: difference .< .zero)
        let height = a.replacing(with: -a, where: a .< .zero)
        most.replace(with: magnitude, where: magnitude .> most)
        tallest.replace(with: height, where: height .> tallest)
      }
      i &+= 8
    }
    signal += signals.sum()
    copy += copies.sum()
    noise += noises.sum()
    product += products.sum()
    greatest = max(greatest, Double(most.max()))
    largest = max(largest, Double(tallest.max()))
    if i < count { unsafe addCarefully(x + i, y + i, count - i) }
    self.count += count
  }

  private mutating func addCarefully(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) {
    for i in 0..<count {
      let a = unsafe x[i], b = unsafe y[i]
      guard a.isFinite, b.isFinite else {
        if a != b, !(a.isNaN && b.isNaN) { broken += 1 }
        continue
      }
      let p = Double(a), q = Double(b), d = p - q
      signal += p * p
      copy += q * q
      noise += d * d
      product += p * q
      greatest = max(greatest, d.magnitude)
      largest = max(largest, p.magnitude)
    }
  }
}

extension ErrorStatistics {
  /// Adds the elements of two tensors of one shape; tensors that hold no float32 count as equal where their bytes are,
  /// else as broken.
  package mutating func add(_ reference: Tensor, _ other: Tensor) {
    guard reference.elementType == .float32, other.elementType == .float32, reference.count == other.count else {
      return addPlain(reference, other)
    }
    unsafe add(
      reference.base.assumingMemoryBound(to: Float.self), other.base.assumingMemoryBound(to: Float.self),
      count: reference.count)
  }

  private mutating func addPlain(_ reference: Tensor, _ other: Tensor) {
    count += reference.count
    if let a = reference.integers, let b = other.integers {
      guard a.count == b.count else { return broken += max(reference.count, 1) }
      for (x, y) in zip(a, b) {
        let p = Double(x), q = Double(y)
        signal += p * p
        copy += q * q
        noise += (p - q) * (p - q)
        product += p * q
        greatest = max(greatest, (p - q).magnitude)
        largest = max(largest, p.magnitude)
      }
    } else if reference.shape != other.shape {
      broken += max(reference.count, 1)
    }
  }
}

extension Double {
  /// The decimal logarithm.
  var logarithm10: Double { log10(self) }
}
