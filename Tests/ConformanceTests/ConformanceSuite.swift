import Foundation

/// One folder of the ONNX project's own backend tests, or one of its light networks.
struct ConformanceCase: Sendable {
  /// As the lists write it: the suite's folder and the case's, `node/test_add`.
  let name: String
  let modelPath: String
  let data: Data

  enum Data: Sendable {
    /// Folders that each hold `input_0.pb`, …, `output_0.pb`, ….
    case sets([String])
    /// Only the expected outputs are given; the inputs count up from 0 to 1, as the suite's own runner makes them.
    case countingInputs(outputs: [String])
  }

  /// Whether the case is another one with its operator replaced by the operator's function body.
  var isExpanded: Bool { name.hasSuffix("_expanded") || name.contains("_expanded_ver") }
}

/// The cases found on this machine.
struct ConformanceSuite {
  static let names = ["node", "simple", "pytorch-converted", "pytorch-operator", "light"]
  let cases: [ConformanceCase]

  /// Looks in `QTOOL_ONNX_TESTS`, then in the virtual environment that `make test` sets up.
  ///
  /// - Returns: Nil where neither is there; says on standard output how to get the suite.
  static func find() -> ConformanceSuite? {
    if let path = ProcessInfo.processInfo.environment["QTOOL_ONNX_TESTS"] {
      if let suite = ConformanceSuite(root: path) { return suite }
      print("skipped: QTOOL_ONNX_TESTS names '\(path)', which holds no folder 'node'")
      return nil
    }
    let packages = repositoryRoot + "/.venv/lib"
    for version in names(in: packages) where version.hasPrefix("python3") {
      let root = "\(packages)/\(version)/site-packages/onnx/backend/test/data"
      if let suite = ConformanceSuite(root: root) { return suite }
    }
    print(
      "skipped: the ONNX project's tests are not here; `make test` installs them from PyPI (onnx==1.22.0) into .venv, "
        + "or let QTOOL_ONNX_TESTS name the folder onnx/backend/test/data of that package")
    return nil
  }

  init?(root: String) {
    guard FileManager.default.fileExists(atPath: root + "/node") else { return nil }
    var cases: [ConformanceCase] = []
    for suite in ConformanceSuite.names where suite != "light" {
      for folder in ConformanceSuite.names(in: "\(root)/\(suite)") {
        let path = "\(root)/\(suite)/\(folder)"
        let sets = ConformanceSuite.names(in: path).filter { $0.hasPrefix("test_data_set_") }.map { "\(path)/\($0)" }
        cases.append(
          ConformanceCase(name: "\(suite)/\(folder)", modelPath: path + "/model.onnx", data: .sets(sets)))
      }
    }
    let light = ConformanceSuite.names(in: root + "/light")
    for file in light where file.hasSuffix(".onnx") {
      let name = String(file.dropLast(5))
      let outputs = light.filter { $0.hasPrefix(name + "_output_") }.map { "\(root)/light/\($0)" }
      cases.append(
        ConformanceCase(
          name: "light/\(name)", modelPath: "\(root)/light/\(file)", data: .countingInputs(outputs: outputs)))
    }
    self.cases = cases
  }

  /// What a folder holds, sorted; nothing where there is none.
  static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
  }
}

/// The folder of the package, found from this file.
let repositoryRoot = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
