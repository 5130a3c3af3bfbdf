import Foundation

/// The folder of data that is too large, or not ours, to be kept with the code.
enum SharedData {
  /// A place within the folder; nil, with a line that says so, where this machine has no such data.
  static func url(_ path: String) -> URL? {
    let found = roots.map { $0.appending(path: path) }.first { FileManager.default.fileExists(atPath: $0.path) }
    if found == nil { print("skipped: no '\(path)' under QTOOL_DATA_ROOT or shared/data beside the checkout") }
    return found
  }

  private static var roots: [URL] {
    if let root = ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"] { return [URL(filePath: root)] }
    var folder = URL(filePath: #filePath)
    var roots: [URL] = []
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      roots.append(folder.appending(path: "shared/data"))
    }
    return roots
  }
}
