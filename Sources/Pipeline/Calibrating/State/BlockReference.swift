import Calibration
import Foundation

/// A sealed block whose bytes lie in memory or in a file.
struct BlockReference: Sendable {
  let block: StateBlock
  private let mapped: Data?
  private let start: Int

  /// - Parameters:
  ///   - file: Where the body lies, if `offset` is given.
  ///   - offset: Where it begins there.
  init(block: StateBlock, file: String?, offset: UInt64?) {
    self.init(block: block, mapped: nil, start: 0, path: offset == nil ? nil : file, offset: offset)
  }

  init(block: StateBlock, in bytes: Data, at start: Int) {
    self.block = block
    mapped = bytes
    self.start = start
  }

  private init(block: StateBlock, mapped: Data?, start: Int, path: String?, offset: UInt64?) {
    self.block = block
    if let path, let offset, let bytes = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) {
      self.mapped = bytes
      self.start = Int(offset)
    } else {
      self.mapped = mapped
      self.start = start
    }
  }

  /// The statistics of a tensor; nil where it was not looked at.
  func collector(_ tensor: Int) -> TensorCollector? {
    guard let place = block.places[tensor] else { return nil }
    let bytes: [UInt8]
    if let mapped {
      guard start + place.upperBound <= mapped.count else { return nil }
      bytes = Array(mapped[start + place.lowerBound..<start + place.upperBound])
    } else {
      bytes = Array(block.body[place])
    }
    var reader = ByteReader(bytes[...])
    return try? TensorCollector(from: &reader)
  }
}
