import Foundation

/// The outline of a histogram's bars, their heights on a logarithmic axis.
struct HistogramPath {
  /// A bar for one value is this high and not flat: the axis of counts begins below 1.
  static let leastCount = 0.7
  let bars: HistogramBars
  let axis: ValueAxis
  let countAxis: ValueAxis

  init(_ bars: HistogramBars, axis: ValueAxis) {
    self.bars = bars
    self.axis = axis
    countAxis = ValueAxis(.logarithmic, from: Self.leastCount, to: max(Double(bars.counts.max() ?? 1) * 1.2, 10))
  }

  /// A closed path within `width` × `height` units, drawn with whole numbers.
  func text(width: Double, height: Double) -> String {
    var path = ""
    var y = Int(height)
    let base = y
    for (index, count) in bars.counts.enumerated() {
      let top = count == 0 ? base : base - Int((countAxis.position(Double(count)) * height).rounded())
      let right = Int((axis.position(bars.edges[index + 1]) * width).rounded())
      if path.isEmpty { path = "M\(Int((axis.position(bars.edges[index]) * width).rounded())) \(base)" }
      if top != y {
        path += "V\(top)"
        y = top
      } else if let cut = path.lastIndex(of: "H"), path[cut...].allSatisfy({ $0 != "V" && $0 != "M" }) {
        // As high as the one before: lengthen its line.
        path.removeSubrange(cut...)
      }
      path += "H\(right)"
    }
    return path + "V\(base)z"
  }
}
