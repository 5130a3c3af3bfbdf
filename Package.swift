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
    .target(name: "ONNX", dependencies: ["TensorCore"], swiftSettings: strict),
    .target(name: "Calibration", dependencies: ["TensorCore"], swiftSettings: hot),
    .target(name: "CalibrationCache", dependencies: ["Calibration", "TensorCore"], swiftSettings: strict),
    .testTarget(name: "CalibrationTests", dependencies: ["Calibration", "TensorCore"], swiftSettings: strict),
    .testTarget(
      name: "CalibrationCacheTests", dependencies: ["Calibration", "CalibrationCache", "TensorCore"],
      swiftSettings: strict),
    .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore"], swiftSettings: strict),
  ]
)
