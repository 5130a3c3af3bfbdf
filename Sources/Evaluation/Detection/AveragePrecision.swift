/// Mean average precision as COCO defines it: precision interpolated at 101 recalls, classes averaged, and either one
/// overlap asked for or the mean over 0.50, 0.55, … 0.95. No size rules; a crowd is passed over as COCO does.
///
/// Matching is within one picture, so it is done once; a figure of pictures drawn anew only adds up differently.
package struct AveragePrecision: Sendable {
  /// The overlaps that a match may be asked for.
  package static let overlaps: [Float] = (0..<10).map { 0.5 + 0.05 * Float($0) }

  private struct Found: Sendable {
    let score: Float
    let picture: Int32
    /// Bit `i`: whether the detection is right at `overlaps[i]`.
    let matches: UInt16
    /// Bit `i`: whether it is within a crowd at `overlaps[i]`, so that it counts neither way.
    let ignored: UInt16
  }

  /// By class that occurs in the labels, best detection first.
  private var found: [[Found]] = []
  /// By class and overlap, the places in ``found`` of the detections that are right there or within a crowd.
  private var events: [[[Int32]]] = []
  /// By class that occurs, how many objects each picture has.
  private var objects: [[(picture: Int32, count: Int32)]] = []
  private let pictureCount: Int

  /// - Parameters: By picture; detections beyond the best of ``NonMaximumSuppression`` should be gone.
  package init(detections: [[Detection]], labels: [[LabelledBox]]) {
    pictureCount = labels.count
    let categories = Set(labels.joined().filter { !$0.isCrowd }.map(\.category)).sorted()
    let place = Dictionary(uniqueKeysWithValues: zip(categories, 0...))
    found = Array(repeating: [], count: categories.count)
    objects = Array(repeating: [], count: categories.count)
    for (picture, boxes) in labels.enumerated() {
      let byCategory = Dictionary(grouping: boxes.filter { !$0.isCrowd }, by: \.category)
      for category in byCategory.keys.sorted() {
        if let index = place[category], let count = byCategory[category]?.count {
          objects[index].append((Int32(picture), Int32(count)))
        }
      }
      let answers = picture < detections.count ? detections[picture] : []
      let ranked = answers.enumerated().sorted { (-$0.element.score, $0.offset) < (-$1.element.score, $1.offset) }
      var used = boxes.map { _ in UInt16(0) }
      for (_, detection) in ranked {
        guard let index = place[detection.category] else { continue }
        let matches = Self.match(detection, boxes, &used)
        found[index].append(
          Found(
            score: detection.score, picture: Int32(picture), matches: matches,
            ignored: Self.withinCrowd(detection, boxes) & ~matches))
      }
    }
    for index in found.indices {
      found[index] = found[index].enumerated().sorted {
        (-$0.element.score, $0.offset) < (-$1.element.score, $1.offset)
      }.map(\.element)
    }
    events = found.map { found in
      Self.overlaps.indices.map { bit in
        found.indices.filter { (found[$0].matches | found[$0].ignored) >> UInt16(bit) & 1 == 1 }.map(Int32.init)
      }
    }
  }

  /// At each overlap the detection takes the unused box of its class that it overlaps most.
  private static func match(_ detection: Detection, _ boxes: [LabelledBox], _ used: inout [UInt16]) -> UInt16 {
    let overlaps = boxes.map {
      $0.category == detection.category && !$0.isCrowd ? $0.box.overlap(detection.box) : 0
    }
    var matches: UInt16 = 0
    for (bit, least) in Self.overlaps.enumerated() {
      let mask = UInt16(1) << UInt16(bit)
      var best: Int?
      for index in boxes.indices where overlaps[index] >= least && overlaps[index] > 0 && used[index] & mask == 0 {
        if let leader = best, overlaps[leader] >= overlaps[index] { continue }
        best = index
      }
      guard let best else { continue }
      used[best] |= mask
      matches |= mask
    }
    return matches
  }

  /// Bit `i`: whether a crowd of its class holds a share of the detection of at least `overlaps[i]`.
  private static func withinCrowd(_ detection: Detection, _ boxes: [LabelledBox]) -> UInt16 {
    var bits: UInt16 = 0
    for crowd in boxes where crowd.isCrowd && crowd.category == detection.category {
      let share = detection.box.share(within: crowd.box)
      for (bit, least) in Self.overlaps.enumerated() where share >= least { bits |= 1 << UInt16(bit) }
    }
    return bits
  }

  /// The mean over classes and overlaps.
  ///
  /// - Parameters:
  ///   - first: How many of ``overlaps`` count, from the lowest: 1 for mAP50, 10 for mAP50-95.
  ///   - drawn: How often each picture counts; nil for once each.
  /// - Returns: NaN where no class has an object.
  package func mean(first: Int = 10, drawn: Span<Int32>? = nil) -> Double {
    var total = 0.0
    var classes = 0
    let overlapCount = max(1, min(first, Self.overlaps.count))
    for index in found.indices {
      let objectCount = objects[index].reduce(0) { $0 + Int($1.count) * weight($1.picture, drawn) }
      guard objectCount > 0 else { continue }
      classes += 1
      // How many detections there are from the best on, those within a crowd counted too.
      var ranks = [Int](), rank = 0
      ranks.reserveCapacity(found[index].count)
      for item in found[index] {
        rank += weight(item.picture, drawn)
        ranks.append(rank)
      }
      for bit in 0..<overlapCount { total += precision(index, bit: bit, objectCount: objectCount, ranks, drawn) }
    }
    return classes == 0 ? .nan : total / Double(classes * overlapCount)
  }

  @inline(__always)
  private func weight(_ picture: Int32, _ drawn: Span<Int32>?) -> Int {
    guard let drawn else { return 1 }
    return Int(drawn[Int(picture)])
  }

  /// The area under one class's curve of precision over recall at one overlap.
  ///
  /// Precision is greatest where a detection is right: the curve has no other points.
  private func precision(
    _ index: Int, bit: Int, objectCount: Int, _ ranks: [Int], _ drawn: Span<Int32>?
  ) -> Double {
    let mask = UInt16(1) << UInt16(bit)
    var right = 0
    var ignored = 0
    var curve: [(recall: Double, precision: Double)] = []
    curve.reserveCapacity(events[index][bit].count)
    for place in events[index][bit] {
      let item = found[index][Int(place)]
      let times = weight(item.picture, drawn)
      if times == 0 { continue }
      if item.ignored & mask != 0 {
        ignored += times
        continue
      }
      right += times
      curve.append((Double(right) / Double(objectCount), Double(right) / Double(ranks[Int(place)] - ignored)))
    }
    // The best precision at this recall or a greater one.
    var best = 0.0
    for place in curve.indices.reversed() {
      best = max(best, curve[place].precision)
      curve[place].precision = best
    }
    var total = 0.0
    var place = 0
    for step in 0...100 {
      let recall = Double(step) / 100
      while place < curve.count, curve[place].recall < recall { place += 1 }
      guard place < curve.count else { break }
      total += curve[place].precision
    }
    return total / 101
  }
}
