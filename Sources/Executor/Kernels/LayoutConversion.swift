import TensorCore

/// Moves the channels of images to the end, or back: `[N, C, P]` to `[N, P, C]`, where `P` are the pixels of an image.
struct LayoutConversion: Kernel {
  let batch: Int
  /// Rows and columns of the matrix that is transposed, for each image.
  let rows: Int
  let columns: Int
  let elementByteCount: Int

  /// - Parameter type: Of at least two axes; its layout is the one to convert from.
  init(_ type: TensorType, channelsLast: Bool) {
    let channels = type.shape[1], pixels = type.shape.dimensions.dropFirst(2).reduce(1, *)
    batch = type.shape[0]
    (rows, columns) = channelsLast ? (channels, pixels) : (pixels, channels)
    elementByteCount = type.elementType.byteCount
  }

  func run(_ frame: inout Frame) throws(OperatorError) { convert(try frame.input(0), into: frame.outputs[0]) }

  func convert(_ source: Tensor, into target: Tensor) {
    switch elementByteCount {
    case 1: unsafe transpose(source.base.assumingMemoryBound(to: UInt8.self), target.base)
    case 2: unsafe transpose(source.base.assumingMemoryBound(to: UInt16.self), target.base)
    case 4 where rows == 3: unsafe interleave(source.base.assumingMemoryBound(to: UInt32.self), target.base)
    case 4: unsafe transpose(source.base.assumingMemoryBound(to: UInt32.self), target.base)
    default: unsafe transpose(source.base.assumingMemoryBound(to: UInt64.self), target.base)
    }
  }

  private func transpose<Bits: BitwiseCopyable>(_ source: UnsafePointer<Bits>, _ target: UnsafeMutableRawPointer) {
    let target = unsafe target.assumingMemoryBound(to: Bits.self)
    for image in 0..<batch {
      let offset = image &* rows &* columns
      unsafe transposeImage(source + offset, target + offset)
    }
  }

  /// The three planes of pictures: a pixel is one store, whose fourth word the next pixel's overwrites.
  private func interleave(_ source: UnsafePointer<UInt32>, _ target: UnsafeMutableRawPointer) {
    for image in 0..<batch {
      let plane = unsafe source + image &* 3 &* columns
      let pixels = unsafe target + image &* 12 &* columns
      for pixel in 0..<columns {
        let words = unsafe SIMD4(plane[pixel], plane[columns &+ pixel], plane[2 &* columns &+ pixel], 0)
        if pixel &+ 1 < columns {
          unsafe (pixels + 12 &* pixel).storeBytes(of: words, as: SIMD4<UInt32>.self)
        } else {
          for i in 0..<3 { unsafe (pixels + 12 &* pixel + 4 &* i).storeBytes(of: words[i], as: UInt32.self) }
        }
      }
    }
  }

  /// Tile by tile, so that the cache lines of both sides are used whole before they go.
  @inline(__always)
  private func transposeImage<Bits: BitwiseCopyable>(
    _ source: UnsafePointer<Bits>, _ target: UnsafeMutablePointer<Bits>
  ) {
    let tile = 16
    if rows < tile {
      // Few planes: as many streams to read, one to write.
      for column in 0..<columns {
        let line = unsafe target + column &* rows
        for row in 0..<rows { unsafe line[row] = source[row &* columns &+ column] }
      }
      return
    }
    for top in stride(from: 0, to: rows, by: tile) {
      let bottom = min(top &+ tile, rows)
      for left in stride(from: 0, to: columns, by: tile) {
        let right = min(left &+ tile, columns)
        var blocksEnd = (row: top, column: left)
        if MemoryLayout<Bits>.size == 4 {
          blocksEnd = (top &+ (bottom &- top) & ~3, left &+ (right &- left) & ~3)
          for row in stride(from: top, to: blocksEnd.row, by: 4) {
            for column in stride(from: left, to: blocksEnd.column, by: 4) {
              unsafe transposeBlock(source + (row &* columns &+ column), target + (column &* rows &+ row))
            }
          }
        }
        for column in left..<right {
          let line = unsafe target + column &* rows
          for row in (column < blocksEnd.column ? blocksEnd.row : top)..<bottom {
            unsafe line[row] = source[row &* columns &+ column]
          }
        }
      }
    }
  }

  /// Four by four words.
  @inline(__always)
  private func transposeBlock(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    @inline(__always) func line(_ row: Int) -> SIMD4<UInt32> {
      unsafe source.loadUnaligned(fromByteOffset: 4 &* row &* columns, as: SIMD4<UInt32>.self)
    }
    let (a, b, c, d) = (line(0), line(1), line(2), line(3))
    for i in 0..<4 {
      unsafe (target + 4 &* i &* rows).storeBytes(of: SIMD4(a[i], b[i], c[i], d[i]), as: SIMD4<UInt32>.self)
    }
  }
}
