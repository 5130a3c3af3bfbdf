extension Preprocessing {
  /// The longest side that a setting may ask for, in pixels.
  static let longestSide = 16_384

  /// Checks every field.
  ///
  /// - Throws: `field`, with the field's name as it stands in a recipe.
  package func validate() throws(DataError) {
    switch resize {
    case .shorter(let length): try Self.check(length, "resize.shorter")
    case .exact(let extent): try Self.check(extent, "resize.exact")
    case .letterbox(let extent, _): try Self.check(extent, "resize.letterbox")
    case nil: break
    }
    if let crop { try Self.check(crop, "crop") }
    try Self.checkFactor(divide, "divide")
    try Self.checkFactor(scale, "scale")
    if divide != 1 && scale != 1 {
      throw Self.fault("scale", expected: "either divide or scale", found: "divide \(divide) and scale \(scale)")
    }
    try checkPerChannel(mean, "mean")
    try checkPerChannel(std, "std")
    for value in mean where !value.isFinite {
      throw Self.fault("mean", expected: "finite numbers", found: "\(value)")
    }
    for value in std { try Self.checkFactor(value, "std") }
  }

  /// The names that recipes and messages use stand under `preprocessing`.
  static func fault(_ field: String, expected: String, found: String) -> DataError {
    DataError("preprocessing", .field(field, expected: expected, found: found))
  }

  private static func check(_ extent: Extent, _ field: String) throws(DataError) {
    try check(extent.height, field)
    try check(extent.width, field)
  }

  private static func check(_ length: Int, _ field: String) throws(DataError) {
    guard (1...longestSide).contains(length) else {
      throw fault(field, expected: "1 to \(longestSide) pixels", found: "\(length)")
    }
  }

  private static func checkFactor(_ value: Float, _ field: String) throws(DataError) {
    guard value.isFinite && value != 0 else {
      throw fault(field, expected: "a finite number other than 0", found: "\(value)")
    }
  }

  private func checkPerChannel(_ values: [Float], _ field: String) throws(DataError) {
    guard values.count == 1 || values.count == channels.count else {
      let expected = channels.count == 1 ? "1 value" : "1 value or \(channels.count), one for each channel"
      throw Self.fault(field, expected: expected, found: "\(values.count)")
    }
  }
}
