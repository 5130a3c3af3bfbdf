// swift-tools-version:6.2
import PackageDescription

// An engine builder of its own that calibrates, audits, compares and exports through qtool's library. It depends on the
// checkout that it stands in; elsewhere the dependency is `.package(url: "<address of the repository>", from: "<version>")`:
// a version, not a branch, for packages with unsafe flags are accepted by version only where they are tagged.
let package = Package(
  name: "engine-builder",
  dependencies: [.package(name: "qtool", path: "../..")],
  targets: [
    .executableTarget(name: "EngineBuilder", dependencies: [.product(name: "QToolKit", package: "qtool")])
  ]
)
