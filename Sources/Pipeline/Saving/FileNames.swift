/// Names of files for tensors, whose own names may hold anything.
struct FileNames {
  /// In lower case: some file systems know no other difference.
  private var used: Set<String>

  /// The longest name without ending and number: file systems take 255 bytes.
  private static let maximumLength = 120

  init(taken: Set<String> = []) { used = taken }

  /// A name of letters, digits, `.`, `_` and `-`, without an ending, that no other tensor has got.
  mutating func name(for tensor: String) -> String {
    let safe = tensor.utf8.prefix(Self.maximumLength).map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
        Character(Unicode.Scalar(byte))
      default: Character("_")
      }
    }
    // A leading dot would hide the file.
    let stem = safe.first == "." || safe.isEmpty ? "_" + String(safe) : String(safe)
    var candidate = stem, number = 1
    while !used.insert(candidate.lowercased()).inserted {
      number += 1
      candidate = "\(stem)-\(number)"
    }
    return candidate
  }
}
