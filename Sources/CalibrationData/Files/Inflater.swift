import CZlib
import TensorCore

/// Unpacks deflate-compressed bytes piece by piece, so that nothing grows past what its reader asks for.
@safe
final class Inflater {
  enum Format { case gzip, deflate }

  /// How many bytes may be unpacked from one file: what is larger should lie unpacked on disk.
  static let limit = 1 << 31

  private let region: ByteRegion
  private let stream: UnsafeMutablePointer<z_stream>
  private let input = ByteBuffer(capacity: 1 << 16)
  private var consumed = 0
  private var isAtEnd = false

  init(_ region: ByteRegion, _ format: Format) throws(DataError) {
    self.region = region
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe cz_inflate_begin(stream, format == .gzip ? 31 : -15) == Z_OK else {
      throw DataError(region.place, .undecodable(format: "compressed file", detail: "zlib does not start"))
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Fills `target` with the next unpacked bytes.
  ///
  /// - Returns: How many there were: fewer than asked for only where the data end.
  func read(into target: UnsafeMutableRawBufferPointer) throws(DataError) -> Int {
    var done = 0
    while done < target.count && !isAtEnd {
      if unsafe stream.pointee.avail_in == 0 { try refill() }
      // zlib counts in 32 bits.
      let room = min(target.count - done, 1 << 30)
      unsafe stream.pointee.next_out = target.baseAddress?.advanced(by: done).assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_out = UInt32(room)
      let status = unsafe inflate(stream, Z_NO_FLUSH)
      unsafe done += room - Int(stream.pointee.avail_out)
      if status == Z_STREAM_END {
        isAtEnd = true
      } else if status != Z_OK {
        let detail = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "it ends too early"
        throw DataError(region.place, .undecodable(format: "compressed file", detail: detail))
      }
    }
    return done
  }

  /// Checks that nothing more is packed; where gzip wrote a checksum, zlib has compared it by now.
  func expectEnd() throws(DataError) {
    var spare: UInt8 = 0
    let result = unsafe withUnsafeMutableBytes(of: &spare) { target -> Result<Int, DataError> in
      do throws(DataError) { return .success(try unsafe read(into: target)) } catch { return .failure(error) }
    }
    guard try result.get() == 0 else {
      let detail = "it unpacks to more bytes than its header says"
      throw DataError(region.place, .undecodable(format: "compressed file", detail: detail))
    }
  }

  /// Unpacks the next `count` bytes into memory of their own.
  func read(count: Int) throws(DataError) -> TensorBuffer {
    // Deflate packs at most 1032 bytes into one: a larger claim is false, and is refused before memory is taken.
    guard count <= Self.limit && count / 1032 <= region.count else {
      let limit = "\(Self.limit) bytes and 1032 times the packed size"
      throw DataError(region.place, .tooLarge(what: "unpacked data", found: "\(count) bytes", limit: limit))
    }
    let buffer = TensorBuffer(byteCount: count)
    let got = try unsafe read(into: UnsafeMutableRawBufferPointer(start: buffer.base, count: count))
    guard got == count else {
      throw DataError(
        region.place, .malformed(format: "compressed file", expected: "\(count) unpacked bytes", found: "\(got)"))
    }
    return buffer
  }

  private func refill() throws(DataError) {
    let count = min(region.count - consumed, 1 << 16)
    guard count > 0 else {
      throw DataError(region.place, .undecodable(format: "compressed file", detail: "it ends too early"))
    }
    input.resize(to: count)
    try unsafe region.read(into: UnsafeMutableRawBufferPointer(start: input.base, count: count), at: consumed)
    consumed += count
    unsafe stream.pointee.next_in = input.base
    unsafe stream.pointee.avail_in = UInt32(count)
  }
}
