/// The table that ncnn's `ncnn2table` writes and `ncnn2int8` reads.
///
/// A line for each quantized layer: `<layer>_param_<k> f₀ f₁ …` for its weights, one factor per output channel, then
/// `<layer> f` for the layer's input. Factors multiply: `code = round(real · f)`, so that a scale is `1 / f`. Each
/// number is followed by a space. A line that starts with `#` keeps its layer in float. The names are those of layers.
///
/// Source: tools/quantize/ncnn2table.cpp and ncnn2int8.cpp of Tencent/ncnn. Its reader cuts names at spaces and after
/// 255 bytes, and stops at an empty line.
package enum NCNNTable: CacheFormat {
  package static let name = "ncnn"
  package static let summary = "ncnn's .table: factors of layers' weights and inputs"
  package static let content: CacheFormatContent = [.weights, .channels, .layerNames]

  private static let nameLimit = 255

  package static func recognizes(_ file: CacheFile) -> Bool {
    // The last of them may be cut off.
    let lines = TextLines.start(of: file.bytes)
    return lines.contains { line in
      guard let (key, factors) = try? parse(line[...], place: "", line: 1) else { return false }
      return !factors.isEmpty && (isWeight(key) || line.utf8.last == 0x20)
    }
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    var document = CacheDocument()
    var lines = TextLines(file.bytes, place: place)
    var names = FirstLines()
    while let line = try lines.next() {
      if file.bytes.isEmpty { break }
      if line.isBlank {
        lines.note(line, .blankLine)
        continue
      }
      if line.text.hasPrefix("#") {
        lines.note(
          line, .leftOut("a line in '#'", reason: "'\(CacheError.excerpt(line.text))' keeps its layer in float"))
        continue
      }
      let (key, factors) = try parse(line.text[...], place: place, line: line.number)
      guard !factors.isEmpty else {
        throw .line(place: place, line: line.number, expected: "'<layer> <factor> …'", found: line.text)
      }
      if let first = names.earlier(key, line: line.number) { lines.note(line, .duplicateName(key, firstLine: first)) }
      let weight = isWeight(key)
      document.entries.append(
        CacheEntry(
          name: key,
          encoding: CacheEncoding(
            isSigned: true, isSymmetric: true,
            channels: factors.map { CacheEncoding.Channel(scale: 1 / Double($0), zeroPoint: 0) }, isPerChannel: weight,
            axis: weight ? 0 : nil), role: weight ? .weight : .activation))
    }
    document.irregularities = lines.irregularities
    return document
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in document.entries {
      guard entry.name.fitsInLine, entry.name.utf8.count <= nameLimit, !entry.name.hasPrefix("#"),
        !entry.name.utf8.contains(where: { $0 == 0x20 || (0x09...0x0d).contains($0) }),
        isWeight(entry.name) == (entry.role == .weight)
      else { throw .unwritableName(entry.name, format: name) }
      bytes += "\(entry.name) ".utf8
      for scale in scales(of: entry) {
        let factor = Float(1 / scale)
        guard factor.isFinite, factor > 0 else {
          throw .unwritableScale(entry.name, scale: entry.scale, format: name)
        }
        bytes += "\(text(factor)) ".utf8
      }
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }

  /// The scales to write: of a symmetric encoding as they are, else the one that covers the range.
  private static func scales(of entry: CacheEntry) -> [Double] {
    guard let encoding = entry.encoding, encoding.isSymmetricInt8 else { return [Double(entry.scale)] }
    return encoding.channels.map(\.scale)
  }

  /// Six digits after the point, as ncnn prints, where these give the number back; else as many as do.
  private static func text(_ factor: Float) -> String {
    guard let text = DecimalNumber.sixPlaces(factor), Float(text) == factor else { return DecimalNumber(factor).plain }
    return text
  }

  private static func isWeight(_ name: String) -> Bool { name.contains("_param_") }

  private static func parse(
    _ text: Substring, place: String, line: Int
  ) throws(CacheError) -> (name: String, factors: [Float]) {
    let words = text.utf8.split { $0 == 0x20 || $0 == 0x09 }.map { Array($0) }
    var factors: [Float] = []
    for word in words.dropFirst() {
      guard let factor = DecimalNumber.value(of: word) else {
        throw .line(place: place, line: line, expected: "'<layer> <factor> …'", found: String(text))
      }
      factors.append(Float(factor))
    }
    return (String(decoding: words.first ?? [], as: UTF8.self), factors)
  }
}
