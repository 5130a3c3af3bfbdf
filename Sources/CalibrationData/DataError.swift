/// A file, manifest or setting from which no sample can be made, and why.
package struct DataError: Error, Equatable {
  package enum Reason: Equatable, Sendable {
    case missing
    case notAFile
    /// The system's error number.
    case unreadable(Int32)
    case unwritable(Int32)
    case empty
    /// The data are neither of the formats that fit here; the first few bytes are held.
    case unknownFormat(expected: String, firstBytes: [UInt8])
    case undecodable(format: String, detail: String)
    case malformed(format: String, expected: String, found: String)
    case unsupported(format: String, found: String, remedy: String)
    case tooLarge(what: String, found: String, limit: String)
    case line(Int, expected: String, found: String)
    case noSamples(expected: String)
    case field(String, expected: String, found: String)
    case cropExceedsImage(crop: [Int], image: [Int])
  }

  /// What a program that ends because of the error would tell its caller.
  package enum Category: Sendable { case badData, missingInput, cannotWrite }

  /// The file, sample or setting at fault, as the user wrote it.
  package let place: String
  package let reason: Reason

  package init(_ place: String, _ reason: Reason) {
    self.place = place
    self.reason = reason
  }

  package var category: Category {
    switch reason {
    case .missing, .notAFile, .unreadable: .missingInput
    case .unwritable: .cannotWrite
    default: .badData
    }
  }
}
