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

  /// A detection that is right at some overlap, or within a crowd.
  private struct Event: Sendable {
    /// Among the detections of its class.
    let place: Int32
    let picture: Int32
    let isIgnored: Bool
  }

  /// By class that occurs in the labels, the pictures of its detections, the best first, up to the last event.
  private var pictures: [[Int32]] = []
  /// By class and overlap.
  private var events: [[[Event]]] = []
  /// By class that occurs, how many objects each picture has.
  private var objects: [[(picture: Int32, count: Int32)]] = []

  /// - Parameters: By picture; detections beyond the best of ``NonMaximumSuppression`` should be gone.
  package init(detections: [[Detection]], labels: [[LabelledBox]]) {
    let categories = Set(labels.joined().filter { !$0.isCrowd }.map(\.category)).sorted()
    let place = Dictionary(uniqueKeysWithValues: zip(categories, 0...))
    var found: [[Found]] = Array(repeating: [], count: categories.count)
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
        found.enumerated().compactMap { place, item in
          guard (item.matches | item.ignored) >> UInt16(bit) & 1 == 1 else { return nil }
          return Event(place: Int32(place), picture: item.picture, isIgnored: item.ignored >> UInt16(bit) & 1 == 1)
        }
      }
    }
    pictures = zip(found, events).map { found, events in
      found.prefix(Int(events.compactMap(\.last?.place).max() ?? -1) + 1).map(\.picture)
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
    let overlapCount = max(1, min(first, Self.overlaps.count))
    let most = max(pictures.map(\.count).max() ?? 0, 1)
    var total = 0.0
    var classes = 0
    unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: most) { ranks in
      unsafe withUnsafeTemporaryAllocation(of: CurvePoint.self, capacity: most) { curve in
        for index in pictures.indices {
          let objectCount = objects[index].reduce(0) { $0 + Int($1.count) * Int(weight($1.picture, drawn)) }
          guard objectCount > 0 else { continue }
          classes += 1
          // How many detections there are from the best on, those within a crowd counted too.
          var rank: Int32 = 0
          unsafe pictures[index].withUnsafeBufferPointer { pictures in
            for place in pictures.indices {
              rank &+= unsafe weight(pictures[place], drawn)
              unsafe ranks[place] = rank
            }
          }
          for bit in 0..<overlapCount {
            total += unsafe precision(events[index][bit], objectCount: objectCount, ranks, drawn, curve)
          }
        }
      }
    }
    return classes == 0 ? .nan : total / Double(classes * overlapCount)
  }

  @inline(__always)
  private func weight(_ picture: Int32, _ drawn: Span<Int32>?) -> Int32 {
    guard let drawn else { return 1 }
    return drawn[Int(picture)]
  }

  private struct CurvePoint {
    let recall: Double
    var precision: Double
  }

  /// The area under one class's curve of precision over recall at one overlap.
  ///
  /// Precision is greatest where a detection is right: the curve has no other points.
  ///
  /// - Parameter curve: Has room for all points; overwritten.
  private func precision(
    _ events: [Event], objectCount: Int, _ ranks: UnsafeMutableBufferPointer<Int32>, _ drawn: Span<Int32>?,
    _ curve: UnsafeMutableBufferPointer<CurvePoint>
  ) -> Double {
    var right: Int32 = 0
    var ignored: Int32 = 0
    var count = 0
    for event in events {
      let times = weight(event.picture, drawn)
      if times == 0 { continue }
      if event.isIgnored {
        ignored &+= times
        continue
      }
      right &+= times
      let answered = unsafe ranks[Int(event.place)] - ignored
      unsafe curve[count] = CurvePoint(
        recall: Double(right) / Double(objectCount), precision: Double(right) / Double(answered))
      count += 1
    }
    // The best precision at this recall or a greater one.
    var best = 0.0
    for place in (0..<count).reversed() {
      best = unsafe max(best, curve[place].precision)
      unsafe curve[place].precision = best
    }
    var total = 0.0
    var place = 0
    for step in 0...100 {
      let recall = Double(step) / 100
      while place < count, unsafe curve[place].recall < recall { place += 1 }
      guard place < count else { break }
      total += unsafe curve[place].precision
    }
    return total / 101
  }
}
