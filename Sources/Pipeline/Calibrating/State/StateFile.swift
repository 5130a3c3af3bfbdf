import Calibration
import Crypto
import Foundation
import TensorCore

/// A file of saved statistics: a header and blocks, each with a checksum of its own.
///
/// Blocks are only ever appended, each in one piece, so that a program killed at any moment leaves whole blocks and
/// perhaps a torn last one, which readers leave out.
///
///     qtool-calibration-state/N\n
///     length of the header (8 bytes), the header (JSON), SHA-256 of it
///     for each block: QBLK, its length (8 bytes), the block, SHA-256 of it
final class StateFile: Sendable {
  let path: String
  private let file: FileHandle

  static let magic = Array("\(StateHeader.currentFormat)\n".utf8)
  private static let blockMark = Array("QBLK".utf8)
  private static let digestLength = 32

  /// Begins a file anew.
  init(creating path: String, header: StateHeader) throws(PipelineError) {
    self.path = path
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do {
      let json = Array(try encoder.encode(header))
      try AtomicFile.write(Self.framed(json, after: Self.magic), to: path)
      let file = try FileHandle(forUpdating: URL(filePath: path))
      try file.seekToEnd()
      self.file = file
    } catch {
      throw PipelineError(
        .cannotWrite,
        "\(path): expected to write the state there, found that it cannot be written "
          + "(\(Self.words(error))); choose another path by --state")
    }
  }

  /// Goes on with a file, whose torn end, if any, is cut off.
  init(continuing contents: StateContents) throws(PipelineError) {
    path = contents.path
    do {
      file = try FileHandle(forUpdating: URL(filePath: contents.path))
      try file.truncate(atOffset: UInt64(contents.wholeLength))
      try file.seekToEnd()
    } catch {
      throw PipelineError(
        .cannotWrite,
        "\(contents.path): expected to go on writing the state there, found that it "
          + "cannot be written (\(Self.words(error))); copy it elsewhere")
    }
  }

  private static func words(_ error: any Error) -> String {
    error is FileError ? "\(error)" : (error as NSError).localizedDescription
  }

  /// The bytes of a part, between its length and its checksum.
  ///
  /// - Parameter mark: What stands before.
  private static func framed(_ bytes: [UInt8], after mark: [UInt8]) -> [UInt8] {
    var writer = ByteWriter(capacity: mark.count + 8 + bytes.count + digestLength)
    writer.append(mark)
    writer.word64(UInt64(bytes.count))
    writer.append(bytes)
    writer.append(Array(SHA256.hash(data: bytes)))
    return writer.bytes
  }

  /// Appends a block; answers where its body begins in the file.
  func append(_ block: StateBlock) throws(PipelineError) -> UInt64 {
    do {
      let start = try file.seekToEnd()
      try file.write(contentsOf: Self.framed(block.body, after: Self.blockMark))
      return start + UInt64(Self.blockMark.count + 8)
    } catch {
      throw PipelineError(
        .cannotWrite,
        "\(path): expected to save the state, found that it cannot be written "
          + "(\(Self.words(error))); make room or choose another path by --state")
    }
  }

  func remove() {
    try? file.close()
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// What a state file holds: read whole, block by block.
struct StateContents {
  let path: String
  let header: StateHeader
  /// Where each block's body lies in the file.
  let blocks: [Range<Int>]
  /// How many bytes of the file are whole.
  let wholeLength: Int
  /// The file, mapped.
  let bytes: Data

  /// - Throws: ``PipelineError`` for a file that is missing or is no state. A torn last block is left out.
  init(path: String) throws(PipelineError) {
    self.path = path
    guard let bytes = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
      throw PipelineError(
        .missingInput, "\(path): expected a saved state, found no file that can be read; check the path")
    }
    let magic = StateFile.magic
    guard bytes.starts(with: Data("qtool-calibration-state/".utf8)) else {
      throw PipelineError(
        .badData, "\(path): expected a state that 'qtool calibrate' saved, found another file; check the path")
    }
    guard bytes.starts(with: magic), let first = Self.part(of: bytes, at: magic.count) else {
      throw PipelineError(
        .badData, "\(path): expected a whole state of this version, found a damaged or another one; start anew")
    }
    do {
      header = try JSONDecoder().decode(StateHeader.self, from: bytes[first])
    } catch {
      throw PipelineError(.badData, "\(path): expected the header of a state, found damage; start anew")
    }
    var blocks: [Range<Int>] = []
    var end = first.upperBound + 32
    while end + 4 <= bytes.count, bytes[end..<end + 4].elementsEqual("QBLK".utf8),
      let block = Self.part(of: bytes, at: end + 4)
    {
      blocks.append(block)
      end = block.upperBound + 32
    }
    self.blocks = blocks
    wholeLength = end
    self.bytes = bytes
  }

  /// The bytes of the part whose length stands at `offset`; nil where it is torn or its checksum is wrong.
  private static func part(of bytes: Data, at offset: Int) -> Range<Int>? {
    guard offset + 8 <= bytes.count else { return nil }
    var length: UInt64 = 0
    for place in (0..<8).reversed() { length = length << 8 | UInt64(bytes[offset + place]) }
    guard length <= UInt64(bytes.count), bytes.count - offset - 8 >= Int(length) + 32 else { return nil }
    let range = offset + 8..<offset + 8 + Int(length)
    let digest = SHA256.hash(data: bytes[range])
    return digest.elementsEqual(bytes[range.upperBound..<range.upperBound + 32]) ? range : nil
  }

  /// Block `index`, its body left in the file.
  func block(_ index: Int) throws(PipelineError) -> StateBlock {
    do {
      return try StateBlock(Array(bytes[blocks[index]]))
    } catch {
      throw PipelineError(
        .badData, "\(path): expected statistics in block \(index + 1), found bytes that make no sense; start anew")
    }
  }
}
