// swift-tools-version:6.2
import PackageDescription

/// For code that a generator writes: it does not mark what is unsafe.
let generated: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]
/// Settings shared by every other Swift target of this package.
let strict: [SwiftSetting] = generated + [.strictMemorySafety()]
/// Numeric loops are compiled with optimisation even in debug builds, so that a debugging session stays bearable.
let hot: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let package = Package(
  name: "qtool",
  dependencies: [
    .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0")
  ],
  targets: [
    .target(
      name: "TensorCore", swiftSettings: hot, linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(
      name: "OnnxProto", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["onnx.proto"], swiftSettings: generated),
    .target(name: "ONNX", dependencies: ["OnnxProto", "TensorCore"], swiftSettings: strict),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(name: "Executor", dependencies: ["ONNX", "TensorCore", "COpenBLAS"], swiftSettings: hot),
    .testTarget(name: "ONNXTests", dependencies: ["ONNX", "OnnxProto", "TensorCore"], swiftSettings: strict),
    .testTarget(
      name: "ConformanceTests", dependencies: ["Executor", "ONNX", "TensorCore"],
      exclude: ["supported.txt", "excluded.txt", "operators.txt", "counts.md"], swiftSettings: strict),
    .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore"], swiftSettings: strict),
  ]
)
