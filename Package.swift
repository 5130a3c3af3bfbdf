// swift-tools-version:6.2
import PackageDescription

/// Settings shared by every Swift target of this package.
let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
/// Numeric loops are compiled with optimisation even in debug builds, so that a debugging session stays bearable.
let hot: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "qtool",
  targets: [
    .target(
      name: "TensorCore", swiftSettings: hot, linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "CalibrationData", dependencies: ["TensorCore", "CTurboJPEG", "CPNG", "CZlib"], swiftSettings: hot),
    .target(name: "ONNX", dependencies: ["TensorCore"], swiftSettings: strict),
    .testTarget(
      name: "CalibrationDataTests", dependencies: ["CalibrationData", "TensorCore"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore"], swiftSettings: strict),
  ]
)
