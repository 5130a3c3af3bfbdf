import CZlib
import TensorCore

/// The arrays of a `.npz` file: a zip archive whose members are `.npy` files, stored or deflated
/// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).
package struct NPZArchive: Sendable {
  /// The arrays in the archive's order, named without `.npy`.
  package let arrays: [(name: String, array: StoredArray)]

  /// Reads the list of members. Stored members are read when asked for, deflated ones are unpacked now.
  init(_ region: ByteRegion) throws(DataError) {
    var arrays: [(name: String, array: StoredArray)] = []
    var names: Set<String> = []
    var unpacked = 0
    for entry in try ZipEntry.all(in: region) where !entry.name.hasSuffix("/") {
      let place = "\(region.place)#\(entry.name)"
      guard entry.name.hasSuffix(".npy") else {
        throw DataError(place, .malformed(format: ".npz", expected: "members named *.npy", found: "'\(entry.name)'"))
      }
      let name = String(entry.name.dropLast(4))
      guard names.insert(name).inserted else {
        throw DataError(place, .malformed(format: ".npz", expected: "each name once", found: "'\(name)' twice"))
      }
      unpacked += entry.isStored ? 0 : min(entry.size, Inflater.limit)
      guard unpacked <= Inflater.limit else {
        let limit = "\(Inflater.limit) bytes"
        throw DataError(region.place, .tooLarge(what: "unpacked data", found: "more", limit: limit))
      }
      arrays.append((name, try StoredArray(npy: entry.content(in: region, place: place))))
    }
    guard !arrays.isEmpty else { throw DataError(region.place, .noSamples(expected: "arrays in the archive")) }
    self.arrays = arrays
  }

  /// The archive at `path`.
  package init(path: String, place: String) throws(DataError) {
    try self.init(ByteRegion(try openFile(path, place: place), place: place))
  }
}

/// Opens a file; its errors name it as `place`.
func openFile(_ path: String, place: String) throws(DataError) -> RandomAccessFile {
  do { return try RandomAccessFile(path: path) } catch { throw DataError(place, error.reason) }
}
