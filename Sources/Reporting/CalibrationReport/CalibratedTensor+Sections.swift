extension CalibratedTensor {
  /// The node and its operator, or what stands in their place.
  private var origin: String {
    guard let opType else { return "network input" }
    return producer.map { "\(opType) \($0)" } ?? opType
  }

  func rangeRow(anchor: String) -> RangeSection.Row {
    var bulk: ClosedRange<Double>?
    if let lower = histogram?.magnitude(atShare: 0.01), let upper = histogram?.magnitude(atShare: 0.99), lower <= upper
    {
      bulk = lower...upper
    }
    return RangeSection.Row(
      name: name, anchor: anchor, smallest: smallest.map(Double.init), amax: Double(amax), bulk: bulk,
      threshold: threshold.map(Double.init), scale: scale.map(Double.init))
  }

  func distribution(anchor: String) -> DistributionSection.Item {
    DistributionSection.Item(
      name: name, anchor: anchor, note: isDead ? "dead" : "\(NumberFormat.share(clippedShare)) clipped",
      bars: histogram, threshold: threshold.map(Double.init), extreme: Double(extreme), clippedShare: clippedShare,
      facts: facts)
  }

  private var extreme: Float {
    if let min, -min == amax, max != amax { return min }
    return amax
  }

  private var facts: [Fact] {
    func extreme(_ value: Float?, _ sample: String?) -> String {
      guard let value else { return "–" }
      return NumberFormat.number(value) + (sample.map { " in \($0)" } ?? "")
    }
    let scaleText = scale.map { "\(NumberFormat.number($0)) (bits \(NumberFormat.bits($0)))" } ?? "–"
    var facts = [
      Fact("producer", "Made by", producer ?? "network input"),
      Fact("opType", "Operator", opType ?? "–"),
      Fact("shape", "Shape", shape),
      Fact("method", "Method", method),
      Fact("threshold", "Threshold", threshold.map { NumberFormat.number($0) } ?? "–"),
      Fact("scale", "Scale", scaleText),
      Fact("min", "Minimum", extreme(min, minSample)),
      Fact("max", "Maximum", extreme(max, maxSample)),
      Fact("amax", "Largest |x|", NumberFormat.number(amax)),
      Fact("clipped", "Clipped", NumberFormat.share(clippedShare)),
      Fact("zeros", "Zeros", NumberFormat.share(zerosShare) + (zerosShare > 0 ? " (not drawn)" : "")),
      Fact("values", "Values", NumberFormat.count(valueCount)),
    ]
    if nanCount > 0 { facts.append(Fact("nan", "NaN", NumberFormat.count(nanCount))) }
    if infinityCount > 0 { facts.append(Fact("infinite", "Infinite", NumberFormat.count(infinityCount))) }
    if !notes.isEmpty { facts.append(Fact("notes", "Notes", notes.joined(separator: "; "))) }
    return facts
  }

  static func table(_ tensors: [CalibratedTensor], anchor: (Int) -> String) -> TableSection {
    TableSection(
      id: "tensors", title: "Tensors", columns: columns,
      rows: tensors.enumerated().map { $1.row(position: $0 + 1, anchor: anchor($0)) })
  }

  private static let columns: [TableColumn] = [
    TableColumn("index", "#", explanation: "Place in the network's order", .wide),
    TableColumn("name", "Tensor", isNumeric: false),
    TableColumn("producer", "Made by", isNumeric: false, .data),
    TableColumn("opType", "Operator", isNumeric: false, .data),
    TableColumn("shape", "Shape", isNumeric: false, .data),
    TableColumn(
      "distribution", "Distribution", explanation: "Counts on a logarithmic axis; the line is the threshold",
      isNumeric: false, .page),
    TableColumn("min", "Minimum", .data),
    TableColumn("max", "Maximum", .data),
    TableColumn("smallest", "Smallest |x| besides 0", .data),
    TableColumn("amax", "Largest |x|", explanation: "Largest finite magnitude seen"),
    TableColumn("threshold", "Threshold", explanation: "End of the chosen range"),
    TableColumn("scale", "Scale", explanation: "Threshold divided by 127"),
    TableColumn("scaleBits", "Scale bits", isNumeric: false, .data),
    TableColumn("method", "Method", isNumeric: false, .data),
    TableColumn("clippedShare", "Clipped", explanation: "Share of the values beyond the threshold"),
    TableColumn("zerosShare", "Zeros", explanation: "Share of the values that are exactly zero", .wide),
    TableColumn("valueCount", "Values", .data),
    TableColumn("nanCount", "NaN", .data),
    TableColumn("infinityCount", "Infinite", .data),
    TableColumn("isDead", "Without a range", isNumeric: false, .data),
    TableColumn("minSample", "Sample of the minimum", isNumeric: false, .data),
    TableColumn("maxSample", "Sample of the maximum", isNumeric: false, .data),
    TableColumn("notes", "Notes", isNumeric: false, .data),
  ]

  private func row(position: Int, anchor: String) -> [TableCell] {
    func text(_ value: String?) -> TableCell { value.map(TableCell.text) ?? .missing }
    func number(_ value: Float?) -> TableCell { value.map(TableCell.number) ?? .missing }
    var small = "\(origin) · \(shape)"
    if !notes.isEmpty { small += " · \(notes.joined(separator: "; "))" }
    return [
      .index(position), .name(name, note: small, anchor: anchor), text(producer), text(opType), .text(shape),
      histogram.map { .sparkline($0, threshold: threshold.map(Double.init)) } ?? .text(""),
      number(min), number(max), number(smallest), .number(amax), number(threshold), number(scale),
      text(scale.map(NumberFormat.bits)), .text(method), .share(clippedShare), .share(zerosShare), .count(valueCount),
      .count(nanCount), .count(infinityCount), .flag(isDead), text(minSample), text(maxSample), .texts(notes),
    ]
  }
}
