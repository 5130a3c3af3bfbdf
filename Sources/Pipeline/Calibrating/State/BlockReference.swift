import Calibration
import CalibrationData
import Foundation

/// A sealed block whose bytes lie in memory or in a file.
struct BlockReference: Sendable {
  let block: StateBlock
  private let storage: Storage

  private enum Storage: Sendable {
    case block
    case mapped(Data, start: Int)
    /// Read piece by piece: pages of a mapped file would count as memory of the program. Nil where it cannot be read.
    case file(RandomAccessFile?, start: Int)
  }

  /// - Parameters:
  ///   - file: Where the body lies, if `offset` is given.
  ///   - offset: Where it begins there.
  init(block: StateBlock, file: RandomAccessFile?, offset: UInt64?) {
    self.block = block
    storage = offset.map { .file(file, start: Int($0)) } ?? .block
  }

  init(block: StateBlock, in bytes: Data, at start: Int) {
    self.block = block
    storage = .mapped(bytes, start: start)
  }

  /// The statistics of a tensor; nil where it was not looked at.
  func collector(_ tensor: Int) -> TensorCollector? {
    guard let place = block.places[tensor], let bytes = bytes(place) else { return nil }
    var reader = ByteReader(bytes)
    return try? TensorCollector(from: &reader)
  }

  private func bytes(_ place: Range<Int>) -> ArraySlice<UInt8>? {
    switch storage {
    case .block: return block.body[place]
    case .mapped(let mapped, let start):
      guard start + place.upperBound <= mapped.count else { return nil }
      return Array(mapped[start + place.lowerBound..<start + place.upperBound])[...]
    case .file(let file, let start):
      guard let file else { return nil }
      var bytes = [UInt8](repeating: 0, count: place.count)
      let isRead = unsafe bytes.withUnsafeMutableBytes { bytes in
        (try? unsafe file.read(into: bytes, at: start + place.lowerBound)) != nil
      }
      guard isRead else { return nil }
      return bytes[...]
    }
  }
}
