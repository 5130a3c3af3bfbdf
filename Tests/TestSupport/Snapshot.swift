import Foundation

/// Where `text` differs from the file of that name in the folder `Snapshots` beside the test; nil where it does not.
///
/// Where QTOOL_RERECORD is 1 the file is written instead.
package func snapshotDifference(_ text: String, _ name: String, test: String = #filePath) throws -> String? {
  let folder = URL(filePath: test).deletingLastPathComponent().appending(path: "Snapshots")
  let file = folder.appending(path: name)
  if ProcessInfo.processInfo.environment["QTOOL_RERECORD"] == "1" {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return nil
  }
  let expected = try String(decoding: Data(contentsOf: file), as: UTF8.self)
  guard text != expected else { return nil }
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let first = zip(lines, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset
  let line = first ?? min(lines.count, wanted.count)
  return """
    \(name) differs from line \(line + 1) on; QTOOL_RERECORD=1 records it anew.
    expected: \(line < wanted.count ? String(wanted[line].prefix(300)) : "the end")
    found:    \(line < lines.count ? String(lines[line].prefix(300)) : "the end")
    """
}
