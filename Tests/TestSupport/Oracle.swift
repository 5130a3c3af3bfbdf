import Foundation

/// The Python scripts of Tests/Oracles, which say what onnx, onnxruntime and Pillow make of the same files.
package enum Oracle {
  /// Runs a script; answers the lines that it prints, or nil, with a printed reason, where Python is missing.
  package static func lines(_ script: String, _ arguments: [String], for test: String = #function) throws -> [String]? {
    guard let python else {
      print("skipped \(test): no Python with onnxruntime; `make venv` and set QTOOL_PYTHON to .venv/bin/python")
      return nil
    }
    let path = "\(Checkout.root)/Tests/Oracles/\(script)"
    let result = try Command(python, [path] + arguments, in: Checkout.root).run()
    guard result.code == 0 else { throw OracleFailure(script: script, text: result.errors) }
    return result.output.split(separator: "\n").map(String.init)
  }

  private static var python: String? {
    let named = ProcessInfo.processInfo.environment["QTOOL_PYTHON"]
    let path = named ?? "\(Checkout.root)/.venv/bin/python"
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }
}

/// A script that ended with an error.
package struct OracleFailure: Error {
  package let script: String
  package let text: String

  package init(script: String, text: String) {
    self.script = script
    self.text = text
  }
}
