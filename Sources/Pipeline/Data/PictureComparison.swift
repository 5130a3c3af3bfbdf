import Foundation

/// How well one hypothesis takes our pictures to theirs.
struct PictureComparison {
  let explained: Double
  let worstRest: Double
  let differences: [String]

  /// Sums for a straight line through pairs of values.
  private struct Line {
    var count = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0, yy = 0.0

    mutating func add(_ ours: Double, _ theirs: Double) {
      count += 1
      x += ours
      y += theirs
      xx += ours * ours
      xy += ours * theirs
      yy += theirs * theirs
    }

    var variance: Double { max(0, yy - y * y / max(count, 1)) }
    var factor: Double {
      let spread = xx - x * x / max(count, 1)
      return spread > 0 ? (xy - x * y / count) / spread : 0
    }
    var offset: Double { count > 0 ? (y - factor * x) / count : 0 }
    /// What the line leaves unexplained of the variance.
    var rest: Double { max(0, variance - factor * (xy - x * y / max(count, 1))) }
  }

  /// - Parameter pairs: Our values and theirs, sample by sample.
  init(
    _ pairs: [([Float], [Float])], ours: PictureShape, theirs: PictureShape, isReversed: Bool, dy: Int, dx: Int
  ) {
    var lines = Array(repeating: Line(), count: ours.channels)
    let rows = max(0, dy)..<max(max(0, dy), min(ours.height, theirs.height + dy))
    let columns = max(0, dx)..<max(max(0, dx), min(ours.width, theirs.width + dx))
    func visit(_ body: (_ channel: Int, _ ours: Double, _ theirs: Double) -> Void) {
      for (a, b) in pairs {
        for y in rows {
          for x in columns {
            for channel in 0..<ours.channels {
              let other = isReversed ? ours.channels - 1 - channel : channel
              let mine = a[ours.index(channel, y, x)], yours = b[theirs.index(other, y - dy, x - dx)]
              guard mine.isFinite, yours.isFinite else { continue }
              body(channel, Double(mine), Double(yours))
            }
          }
        }
      }
    }
    visit { lines[$0].add($1, $2) }
    let variance = lines.map(\.variance).reduce(0, +)
    explained = variance > 0 ? 1 - lines.map(\.rest).reduce(0, +) / variance : 0

    var found: [String] = []
    if ours.isChannelsLast != theirs.isChannelsLast, ours.channels > 1 {
      found.append(
        "layout: theirs is \(theirs.isChannelsLast ? "NHWC" : "NCHW"), ours \(ours.isChannelsLast ? "NHWC" : "NCHW")"
          + " (--layout)")
    }
    if (ours.height, ours.width) != (theirs.height, theirs.width) {
      found.append(
        "size: theirs is \(theirs.height) x \(theirs.width), ours \(ours.height) x \(ours.width) (--resize, --crop)")
    }
    if isReversed { found.append("channels: theirs are in the opposite order, RGB against BGR (--channels)") }
    if dy != 0 || dx != 0 {
      found.append(
        "crop: theirs begins \(Self.steps(dy, "down", "up")) and \(Self.steps(dx, "right", "left")) of ours (--crop)")
    }
    let spread = (variance / max(lines.map(\.count).reduce(0, +), 1)).squareRoot()
    let isScaled = lines.contains {
      abs($0.factor - 1) > 0.002 || abs($0.offset) > 0.002 * max(spread, .leastNormalMagnitude)
    }
    if isScaled, explained > 0.5 { found.append(Self.scaling(lines)) }
    var worst = 0.0
    visit { channel, mine, yours in
      worst = max(worst, abs(lines[channel].factor * mine + lines[channel].offset - yours))
    }
    worstRest = worst
    // A thousandth of the variance: other resizing filters leave more.
    if explained < 0.999 {
      found.append(
        "content: \(String(format: "%.2f", 100 * (1 - explained))) % of the variance remains unexplained: other samples, "
          + "another resizing filter or another size before the crop (--filter, --resize)")
    }
    differences = found
  }

  private static func steps(_ count: Int, _ positive: String, _ negative: String) -> String {
    "\(abs(count)) px \(count < 0 ? negative : positive)"
  }

  /// How their values follow from ours.
  private static func scaling(_ lines: [Line]) -> String {
    let formulas = lines.map { line in
      "theirs = \(String(format: "%.6g", line.factor)) * ours \(line.offset < 0 ? "-" : "+") "
        + String(format: "%.6g", abs(line.offset))
    }
    let isOne = Set(formulas).count == 1
    var hint = ""
    let factor = lines[0].factor
    let isPure = lines.allSatisfy {
      abs($0.offset) < 0.01 * max(abs($0.factor), 1e-3) && abs($0.factor / factor - 1) < 0.01
    }
    if isPure, abs(factor * 255 - 1) < 0.01 { hint = ": theirs is divided by 255, ours is not (--divide)" }
    if isPure, abs(factor / 255 - 1) < 0.01 { hint = ": ours is divided by 255, theirs is not (--divide)" }
    if hint.isEmpty { hint = " (--divide, --mean, --std)" }
    return "scale: " + (isOne ? formulas[0] : "per channel " + formulas.joined(separator: "; ")) + hint
  }
}
