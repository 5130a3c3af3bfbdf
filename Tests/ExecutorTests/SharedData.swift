import Foundation

/// The evaluation data beside the checkout, where there are any: real networks, samples and expected outputs.
enum SharedData {
  /// The folder, or nil with a printed reason.
  static func root(for test: String = #function) -> String? {
    let place = ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"] ?? beside(#filePath)
    guard let place, FileManager.default.fileExists(atPath: place + "/models") else {
      print("skipped \(test): no evaluation data; set QTOOL_DATA_ROOT to the folder that holds models/ and expected/")
      return nil
    }
    return place
  }

  private static func beside(_ file: String) -> String? {
    var folder = URL(filePath: file)
    for _ in 0..<8 {
      folder.deleteLastPathComponent()
      let candidate = folder.appending(path: "shared/data").path()
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
    }
    return nil
  }
}
