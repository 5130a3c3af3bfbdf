import Foundation

/// The files of this package, and the program that was built from them.
package enum Checkout {
  /// The folder that holds Package.swift, without a slash at its end.
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  /// The program `qtool`: it is built into the folder of the running tests.
  package static let program: String = {
    let tests = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
    let beside = tests.appending(path: "qtool").path
    return FileManager.default.isExecutableFile(atPath: beside) ? beside : "\(root)/.build/release/qtool"
  }()
}
