import Calibration
import Foundation
import TensorCore

/// The statistics of the samples at some positions of one segment, as bytes.
struct StateBlock: Sendable {
  let segment: Int
  let positions: Range<Int>
  let sampleCount: Int
  let skipped: [SampleRunner.SkippedSample]
  let notes: [SampleNote]
  let shapes: [ObservedShape]
  let holdsFloats: [Bool]
  /// For each tensor, where its collector's bytes lie in ``body``; nil for a tensor that was not looked at.
  let places: [Range<Int>?]
  /// The whole block; empty where it lies in a file.
  var body: [UInt8]

  /// - Parameters:
  ///   - bank: Tells the tensors' types.
  ///   - statistics: Tells each tensor's statistics; is asked once for each, by ascending index.
  init(
    segment: Int, positions: Range<Int>, bank: CollectorBank, skipped: [SampleRunner.SkippedSample],
    notes: [SampleNote], statistics: (_ tensor: Int) -> TensorCollector?
  ) {
    self.segment = segment
    self.positions = positions
    sampleCount = bank.sampleCount
    self.skipped = skipped.sorted { $0.rank < $1.rank }
    self.notes = notes.sorted { $0.rank < $1.rank }
    shapes = bank.shapes
    holdsFloats = bank.holdsFloats
    var writer = ByteWriter()
    writer.varied(UInt64(segment))
    writer.varied(UInt64(positions.lowerBound))
    writer.varied(UInt64(positions.upperBound))
    writer.varied(UInt64(sampleCount))
    writer.varied(UInt64(skipped.count))
    for sample in self.skipped {
      writer.optional(sample.rank)
      for text in [sample.identifier, sample.reason] {
        writer.varied(UInt64(text.utf8.count))
        writer.append(Array(text.utf8))
      }
    }
    writer.varied(UInt64(notes.count))
    for note in self.notes { note.encode(to: &writer) }
    writer.varied(UInt64(shapes.count))
    var places: [Range<Int>?] = []
    for index in shapes.indices {
      writer.byte(holdsFloats[index] ? 1 : 0)
      shapes[index].encode(to: &writer)
      guard let collector = statistics(index) else {
        writer.varied(0)
        places.append(nil)
        continue
      }
      var inner = ByteWriter()
      collector.encode(to: &inner)
      writer.varied(UInt64(inner.bytes.count))
      places.append(writer.bytes.count..<writer.bytes.count + inner.bytes.count)
      writer.append(inner.bytes)
    }
    self.places = places
    body = writer.bytes
  }

  /// Reads the bytes of a block and checks all of them; ``body`` keeps them.
  init(_ body: [UInt8]) throws(ByteFault) {
    var reader = ByteReader(body[...])
    segment = try reader.count()
    let lower = try reader.count(), upper = try reader.count()
    guard lower < upper else { throw ByteFault() }
    positions = lower..<upper
    sampleCount = try reader.count()
    var skipped: [SampleRunner.SkippedSample] = []
    for _ in 0..<(try reader.count()) {
      guard let rank = try reader.optional() else { throw ByteFault() }
      var texts: [String] = []
      for _ in 0..<2 { texts.append(String(decoding: try reader.slice(try reader.count()), as: UTF8.self)) }
      skipped.append(SampleRunner.SkippedSample(rank: rank, identifier: texts[0], reason: texts[1]))
    }
    self.skipped = skipped
    var notes: [SampleNote] = []
    for _ in 0..<(try reader.count()) { notes.append(try SampleNote(from: &reader)) }
    self.notes = notes
    var shapes: [ObservedShape] = [], holdsFloats: [Bool] = [], places: [Range<Int>?] = []
    for _ in 0..<(try reader.count()) {
      holdsFloats.append(try reader.byte() != 0)
      shapes.append(try ObservedShape(from: &reader))
      let length = try reader.count()
      let slice = try reader.slice(length)
      places.append(length == 0 ? nil : slice.startIndex..<slice.endIndex)
    }
    self.shapes = shapes
    self.holdsFloats = holdsFloats
    self.places = places
    self.body = body
    guard reader.isAtEnd else { throw ByteFault() }
  }

  /// The statistics, all of them decoded.
  func bank() throws(ByteFault) -> CollectorBank {
    let bank = CollectorBank(tensorCount: shapes.count)
    var collectors: [TensorCollector?] = []
    for place in places {
      guard let place else {
        collectors.append(nil)
        continue
      }
      var reader = ByteReader(body[place])
      collectors.append(try TensorCollector(from: &reader))
    }
    bank.restore(collectors: collectors, shapes: shapes, holdsFloats: holdsFloats, sampleCount: sampleCount)
    return bank
  }
}

extension ObservedShape {
  fileprivate func encode(to writer: inout ByteWriter) {
    switch self {
    case .unknown: writer.byte(0)
    case .several: writer.byte(1)
    case .always(let shape):
      writer.byte(2)
      writer.varied(UInt64(shape.rank))
      for extent in shape.dimensions { writer.optional(extent) }
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(ByteFault) {
    switch try reader.byte() {
    case 0: self = .unknown
    case 1: self = .several
    default:
      var extents: [Int] = []
      for _ in 0..<(try reader.count()) {
        guard let extent = try reader.optional() else { throw ByteFault() }
        extents.append(extent)
      }
      self = .always(Shape(extents))
    }
  }
}
