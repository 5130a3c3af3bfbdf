/// Writes a FlatBuffers file from its end to its start, laid out as the reference builders do.
struct FlatBuilder {
  /// The file so far, last byte first. An object's offset is the count of bytes from its start to the end of the file.
  private var reversed: [UInt8] = []
  private var alignment = 1
  private var vtables: [[Int]: Int] = [:]

  init() {}

  /// Adds a string, ended by a zero that its length does not count.
  mutating func string(_ text: String) -> Int {
    let bytes = Array(text.utf8)
    align(to: 4, before: bytes.count + 1)
    reversed.append(0)
    reversed.append(contentsOf: bytes.reversed())
    return unsigned32(bytes.count)
  }

  /// Adds a table whose fields are references to what was added before.
  mutating func table(_ fields: [Int]) -> Int {
    let end = reversed.count
    let slots = fields.map { reference(to: $0) }
    align(to: 4, before: 0)
    let start = unsigned32(0)
    let shape = [start - end] + slots.map { start - $0 }
    let vtable: Int
    if let known = vtables[shape] {
      vtable = known
    } else {
      for slot in slots.reversed() { unsigned16(start - slot) }
      unsigned16(start - end)
      unsigned16(4 + 2 * slots.count)
      vtable = reversed.count
      vtables[shape] = vtable
    }
    patch(start, Int32(truncatingIfNeeded: vtable - start))
    return start
  }

  /// Adds a list of references. The first stands last.
  mutating func vector(_ elements: [Int]) -> Int {
    align(to: 4, before: 4 * elements.count)
    for element in elements { _ = reference(to: element) }
    return unsigned32(elements.count)
  }

  /// The file that starts with a reference to `root`.
  mutating func finish(root: Int) -> [UInt8] {
    align(to: alignment, before: 4)
    _ = reference(to: root)
    return reversed.reversed()
  }

  /// Adds zeros so that after `count` more bytes the next object is aligned.
  private mutating func align(to size: Int, before count: Int) {
    alignment = max(alignment, size)
    while !(reversed.count + count).isMultiple(of: size) { reversed.append(0) }
  }

  private mutating func reference(to target: Int) -> Int {
    align(to: 4, before: 0)
    return unsigned32(reversed.count - target + 4)
  }

  private mutating func unsigned32(_ value: Int) -> Int {
    for shift in [24, 16, 8, 0] { reversed.append(UInt8(truncatingIfNeeded: value >> shift)) }
    return reversed.count
  }

  private mutating func unsigned16(_ value: Int) {
    for shift in [8, 0] { reversed.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  private mutating func patch(_ offset: Int, _ value: Int32) {
    for index in 0..<4 { reversed[offset - 1 - index] = UInt8(truncatingIfNeeded: value >> (8 * Int32(index))) }
  }
}
