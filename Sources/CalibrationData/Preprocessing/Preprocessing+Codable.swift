/// The form in recipes and records, all fields optional: `{channels: bgr, resize: {shorter: 256, filter: bicubic},
/// crop: 224, divide: 255, mean: [104, 117, 123], std: 1, layout: nchw}`. `resize` holds `shorter: N`, `exact: [H, W]`
/// or `letterbox: [H, W]` with `pad`. An unknown field is an error, for a misspelt one would silently be left out.
extension Preprocessing: Codable {
  private enum Field: String, CaseIterable { case channels, resize, crop, divide, scale, mean, std, layout }
  private enum ResizeField: String, CaseIterable { case shorter, exact, letterbox, pad, filter }

  /// - Throws: ``DataError`` with the name of the field that is wrong.
  package init(from decoder: any Decoder) throws {
    self.init()
    let fields = try Fields(decoder, prefix: "", known: Field.allCases.map(\.rawValue))
    channels = try fields.choice("channels") ?? channels
    if let inner = try fields.nested("resize", known: ResizeField.allCases.map(\.rawValue)) {
      filter = try inner.choice("filter") ?? filter
      resize = try Self.resize(inner)
    }
    crop = try fields.extent("crop")
    divide = try fields.numbers("divide", limit: 1)?.first ?? divide
    scale = try fields.numbers("scale", limit: 1)?.first ?? scale
    mean = try fields.numbers("mean", limit: 3) ?? mean
    std = try fields.numbers("std", limit: 3) ?? std
    layout = try fields.choice("layout") ?? layout
    try validate()
  }

  private static func resize(_ fields: Fields) throws -> Resize {
    let modes = ["shorter", "exact", "letterbox"].filter(fields.has)
    guard modes.count == 1, let mode = modes.first else {
      throw fault(
        "resize", expected: "one of shorter, exact, letterbox",
        found: modes.isEmpty ? "none" : modes.joined(separator: " and "))
    }
    guard mode == "letterbox" || !fields.has("pad") else {
      throw fault("resize.pad", expected: "no pad without letterbox", found: "one")
    }
    guard let extent = try fields.extent(mode) else {
      throw fault("resize.\(mode)", expected: "a length in pixels", found: "nothing")
    }
    switch mode {
    case "shorter":
      guard extent.height == extent.width else {
        throw fault("resize.shorter", expected: "one length", found: "two")
      }
      return .shorter(extent.height)
    case "exact": return .exact(extent)
    default:
      let pad = try fields.numbers("pad", limit: 1)?.first ?? 0
      guard pad >= 0 && pad <= 255 && pad == pad.rounded(.down) else {
        throw fault("resize.pad", expected: "a whole number from 0 to 255", found: "\(pad)")
      }
      return .letterbox(extent, pad: UInt8(pad))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(channels, forKey: AnyKey("channels"))
    if let resize {
      var inner = fields.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey("resize"))
      switch resize {
      case .shorter(let length): try inner.encode(length, forKey: AnyKey("shorter"))
      case .exact(let extent): try inner.encode([extent.height, extent.width], forKey: AnyKey("exact"))
      case .letterbox(let extent, let pad):
        try inner.encode([extent.height, extent.width], forKey: AnyKey("letterbox"))
        try inner.encode(pad, forKey: AnyKey("pad"))
      }
      try inner.encode(filter, forKey: AnyKey("filter"))
    }
    if let crop { try fields.encode([crop.height, crop.width], forKey: AnyKey("crop")) }
    if divide != 1 { try fields.encode(divide, forKey: AnyKey("divide")) }
    if scale != 1 { try fields.encode(scale, forKey: AnyKey("scale")) }
    try fields.encode(mean, forKey: AnyKey("mean"))
    try fields.encode(std, forKey: AnyKey("std"))
    try fields.encode(layout, forKey: AnyKey("layout"))
  }
}
