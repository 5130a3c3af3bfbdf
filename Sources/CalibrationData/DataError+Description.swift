#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension DataError: CustomStringConvertible {
  /// One line: *place: what was expected, what was found; what to do*.
  package var description: String {
    switch reason {
    case .missing: "\(place): expected a file or folder, found none; check the path"
    case .notAFile: "\(place): expected a regular file, found a folder or device; name the file itself"
    case .unreadable(let code):
      "\(place): expected to read it, found that it cannot be read (\(systemText(code))); check its permissions"
    case .unwritable(let code):
      "\(place): expected to write it, found that it cannot be written (\(systemText(code))); choose another path"
    case .empty: "\(place): expected data, found an empty file; replace or remove it"
    case .unknownFormat(let expected, let bytes):
      "\(place): expected \(expected), found a file that begins with \(hexadecimal(bytes)); convert or remove it"
    case .undecodable(let format, let detail):
      "\(place): expected a whole \(format), found damage (\(detail)); replace or remove it"
    case .malformed(let format, let expected, let found):
      "\(place): \(format): expected \(expected), found \(found); write the file anew"
    case .unsupported(let format, let found, let remedy): "\(place): \(format): \(found) cannot be read; \(remedy)"
    case .tooLarge(let what, let found, let limit):
      "\(place): expected \(what) of at most \(limit), found \(found); reduce it first"
    case .line(let line, let expected, let found):
      "\(place), line \(line): expected \(expected), found \(found); correct that line"
    case .noSamples(let expected): "\(place): expected \(expected), found none; check the path"
    case .field(let field, let expected, let found):
      "\(place), field '\(field)': expected \(expected), found \(found); correct the field"
    case .cropExceedsImage(let crop, let image):
      "\(place): expected an image of at least \(extent(crop)) after resizing, found \(extent(image)); "
        + "resize to more or crop to less"
    }
  }

  private func systemText(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }

  /// `height x width`.
  private func extent(_ heightAndWidth: [Int]) -> String { heightAndWidth.map(String.init).joined(separator: " x ") }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
