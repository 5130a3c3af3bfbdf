#if canImport(Musl)
import Musl
#else
import Glibc
#endif

/// How the scales of two caches differ.
package struct CacheDiff: Sendable, Equatable {
  /// A tensor that both have, with scales that differ.
  package struct Change: Sendable, Equatable {
    package let name: String
    package let left: Float
    package let right: Float

    /// How many doublings lie between the scales, positive where the right one is larger. Infinite where one of them
    /// is 0 or infinite and the other is not; NaN where one is NaN.
    package var doublings: Double { log2(Double(right)) - log2(Double(left)) }

    /// Larger for what matters more: NaN before infinities before numbers.
    fileprivate var weight: (Int, Double) { doublings.isNaN ? (1, 0) : (0, doublings.magnitude) }
  }

  /// The largest differences first; equal ones in the order of the left cache.
  package let changes: [Change]
  /// How many tensors have the same scale in both, bit for bit.
  package let equalCount: Int
  /// Tensors of the left cache that the right one lacks, in file order.
  package let onlyLeft: [String]
  package let onlyRight: [String]

  /// Compares two caches. Where a name recurs in one, its first scale counts.
  package init(_ left: CacheDocument, _ right: CacheDocument) {
    let rightBits = Dictionary(right.entries.map { ($0.name, $0.scaleBits) }) { first, _ in first }
    var seen: Set<String> = []
    var changes: [(offset: Int, change: Change)] = []
    var onlyLeft: [String] = []
    var equalCount = 0
    for entry in left.entries where seen.insert(entry.name).inserted {
      if let bits = rightBits[entry.name] {
        if bits == entry.scaleBits {
          equalCount += 1
        } else {
          changes.append(
            (changes.count, Change(name: entry.name, left: entry.scale, right: Float(bitPattern: bits))))
        }
      } else {
        onlyLeft.append(entry.name)
      }
    }
    var listed: Set<String> = []
    onlyRight = right.entries.map(\.name).filter { !seen.contains($0) && listed.insert($0).inserted }
    self.onlyLeft = onlyLeft
    self.equalCount = equalCount
    self.changes = changes.sorted { one, other in
      let left = one.change.weight, right = other.change.weight
      return left == right ? one.offset < other.offset : left > right
    }.map(\.change)
  }

  package var commonCount: Int { equalCount + changes.count }

  /// How many tensors have scales whose ratio is beyond `factor`, either way.
  ///
  /// - Parameter factor: At least 1.
  package func count(beyond factor: Double) -> Int {
    let limit = log2(factor)
    return changes.count { !($0.doublings.magnitude <= limit) }
  }

  /// The median of right over left, of the tensors that both have; nil where there are none with a finite ratio.
  package var medianRatio: Double? {
    var doublings = changes.map(\.doublings).filter(\.isFinite) + Array(repeating: 0, count: equalCount)
    guard !doublings.isEmpty else { return nil }
    doublings.sort()
    return exp2(doublings[doublings.count / 2])
  }

  /// What the ratios as a whole suggest; nil for nothing.
  package var suspicion: String? {
    guard commonCount >= 4, let ratio = medianRatio else { return nil }
    for (factor, words) in [
      (127.0, "the right one holds magnitudes where the left one holds scales"),
      (1 / 127.0, "the left one holds magnitudes where the right one holds scales"),
    ]
    where ratio > factor * 0.8 && ratio < factor * 1.25 {
      return "half of the ratios are about \(factor > 1 ? "127" : "1/127"): \(words)"
    }
    return nil
  }
}
