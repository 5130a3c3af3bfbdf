import Foundation
import Testing

/// Compares `text` with the file of that name in `Snapshots`, or writes that file where QTOOL_RERECORD is 1.
func expectSnapshot(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots")
  let file = folder.appending(path: name)
  if ProcessInfo.processInfo.environment["QTOOL_RERECORD"] == "1" {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return
  }
  let expected = try String(decoding: Data(contentsOf: file), as: UTF8.self)
  guard text != expected else { return }
  let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
  let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let first = zip(lines, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset
  let line = first ?? min(lines.count, wanted.count)
  Issue.record(
    """
    \(name) differs from line \(line + 1) on; QTOOL_RERECORD=1 records it anew.
    expected: \(line < wanted.count ? String(wanted[line].prefix(300)) : "the end")
    found:    \(line < lines.count ? String(lines[line].prefix(300)) : "the end")
    """, sourceLocation: sourceLocation)
}
