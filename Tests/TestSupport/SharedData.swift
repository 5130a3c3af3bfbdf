import Foundation

/// The evaluation data beside the checkout, where there are any: real networks, samples and expected outputs.
package enum SharedData {
  /// The folder: the one that QTOOL_DATA_ROOT names, else `shared/data` beside the checkout; nil with a printed reason.
  ///
  /// - Parameter entry: What must be there, as a path inside the folder.
  package static func root(having entry: String = "models", for test: String = #function) -> String? {
    let named = ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"]
    let candidates = named.map { [$0] } ?? placesBeside(#filePath)
    if let root = candidates.first(where: { FileManager.default.fileExists(atPath: "\($0)/\(entry)") }) { return root }
    print("skipped \(test): no evaluation data '\(entry)'; set QTOOL_DATA_ROOT to the folder that holds it")
    return nil
  }

  private static func placesBeside(_ file: String) -> [String] {
    var folder = URL(filePath: file)
    var places: [String] = []
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      places.append(folder.appending(path: "shared/data").path)
    }
    return places
  }
}
