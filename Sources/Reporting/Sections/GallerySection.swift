/// Pictures side by side, each with a caption, within the page itself.
package struct GallerySection: ReportSection {
  /// A picture as browsers show it.
  package struct Picture: Sendable, Equatable {
    package let mediaType: String
    let base64: String

    /// - Parameter bytes: The file's. Nil for what is neither PNG nor JPEG.
    package init?(_ bytes: [UInt8]) {
      if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
        mediaType = "image/png"
      } else if bytes.starts(with: [0xff, 0xd8, 0xff]) {
        mediaType = "image/jpeg"
      } else {
        return nil
      }
      base64 = Base64.text(of: bytes)
    }

    var uri: String { "data:\(mediaType);base64,\(base64)" }
  }

  package struct Item: Sendable, Equatable {
    package var name: String
    package var caption: String
    /// Small print; may be empty.
    package var note: String
    package var picture: Picture
    /// Whether it stands out, such as a decision that flips.
    package var isMarked: Bool

    package init(name: String, caption: String, note: String, picture: Picture, isMarked: Bool) {
      self.name = name
      self.caption = caption
      self.note = note
      self.picture = picture
      self.isMarked = isMarked
    }
  }

  package static let kind = "gallery"
  package static var template: PageTemplate { PageTemplate(kind, PackageResources.gallery_mustache) }
  package let id: String
  package let title: String
  /// A sentence below the heading; may be empty.
  package let note: String
  package let items: [Item]

  package init(id: String, title: String, note: String = "", items: [Item]) {
    self.id = id
    self.title = title
    self.note = note
    self.items = items
  }

  /// Without the pictures: they are the samples' own files.
  package var json: [JSONValue.Member] {
    let values = items.map { item -> JSONValue in
      .object([
        ("name", .string(item.name)), ("caption", .string(item.caption)), ("note", .string(item.note)),
        ("isMarked", .bool(item.isMarked)),
      ])
    }
    return [.init("note", .string(note)), .init("items", .array(values))]
  }

  package var view: [String: Any] {
    [
      "intro": note.isEmpty ? false : note as Any,
      "items": items.map { item -> [String: Any] in
        [
          "name": item.name, "caption": item.caption, "small": item.note.isEmpty ? false : item.note as Any,
          "uri": item.picture.uri, "style": item.isMarked ? "marked" : "plain",
        ]
      },
    ]
  }

  /// Markdown has no place for pictures within itself.
  package var markdown: String? { nil }
}

/// [RFC 4648](https://www.rfc-editor.org/rfc/rfc4648), section 4.
enum Base64 {
  private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func text(of bytes: [UInt8]) -> String {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    var place = 0
    while place < bytes.count {
      let count = min(3, bytes.count - place)
      var group = UInt32(0)
      for i in 0..<3 { group = group << 8 | (i < count ? UInt32(bytes[place + i]) : 0) }
      for i in 0..<4 {
        result.append(i <= count ? digits[Int(group >> (18 - 6 * UInt32(i)) & 63)] : UInt8(ascii: "="))
      }
      place += 3
    }
    return String(decoding: result, as: UTF8.self)
  }
}
