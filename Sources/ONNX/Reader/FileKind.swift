import FoundationEssentials

/// What a file that is no network seems to be, and what its owner may do, for a message.
struct FileKind {
  let found: String
  let cure: String

  /// Nil where the first bytes give no hint.
  init?(_ bytes: Data) {
    let start = [UInt8](bytes.prefix(512))
    for (offset, magic, found, cure) in Self.signatures where start.dropFirst(offset).starts(with: magic.utf8) {
      self.found = found
      self.cure = cure
      return
    }
    for (magic, found) in Self.binarySignatures where start.starts(with: magic) {
      self.found = found
      cure = Self.pickAnother
      return
    }
    guard Self.isText(start) else { return nil }
    found = "text"
    cure = "name a network in ONNX's binary format"
  }

  /// Whether these are the first bytes of a text: UTF-8 without control characters, as protobuf's field tags are.
  private static func isText(_ start: [UInt8]) -> Bool {
    guard !start.isEmpty, start.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || 0x09...0x0d ~= $0 }) else { return false }
    // The last character may be cut off.
    return !String(decoding: start, as: UTF8.self).dropLast(2).contains("\u{fffd}")
  }

  private static let pickAnother = "name the network's .onnx file"
  private static let export = "export the network to ONNX"

  private static let signatures: [(offset: Int, magic: String, found: String, cure: String)] = [
    (0, "version https://git-lfs", "a Git LFS pointer", "fetch the file itself with 'git lfs pull'"),
    (0, "<!DOCTYPE html", "an HTML page", "download the file itself"),
    (0, "<html", "an HTML page", "download the file itself"),
    (0, "PK\u{3}\u{4}", "a ZIP archive, as PyTorch and Keras write", export),
    (4, "TFL3", "a TensorFlow Lite network", export),
    (4, "ORTM", "a network in onnxruntime's own format", "name the .onnx file that it was made from"),
    (0, "GIF8", "a GIF image", pickAnother),
    (0, "%PDF", "a PDF document", pickAnother),
    (8, "WEBP", "a WebP image", pickAnother),
  ]

  private static let binarySignatures: [(magic: [UInt8], found: String)] = [
    ([0xff, 0xd8, 0xff], "a JPEG image"),
    ([0x89, 0x50, 0x4e, 0x47], "a PNG image"),
    ([0x89, 0x48, 0x44, 0x46], "an HDF5 file, as Keras writes"),
    ([0x93, 0x4e, 0x55, 0x4d], "a NumPy array"),
    ([0x1f, 0x8b], "a gzip archive"),
    ([0x7f, 0x45, 0x4c, 0x46], "a program"),
    ([0x80, 0x02], "a Python pickle, as PyTorch writes"),
    ([0x80, 0x04], "a Python pickle"),
  ]
}
