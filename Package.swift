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

/// The same kernels for wider vectors, chosen by the processor at run time: these modules link to the files of
/// KernelsBaseline. Other processors than x86-64 run the baseline alone.
#if arch(x86_64)
let wideKernels: [Target] = [
  .target(
    name: "KernelsV3", dependencies: ["CLanes", "KernelInterface"],
    swiftSettings: hot + [.define("WIDE256"), .unsafeFlags(["-Xcc", "-march=x86-64-v3"])]),
  .target(
    name: "KernelsV4", dependencies: ["CLanes", "KernelInterface"],
    swiftSettings: hot + [.define("WIDE512"), .unsafeFlags(["-Xcc", "-march=x86-64-v4"])]),
]
let kernels: [Target.Dependency] = ["CProcessor", "KernelInterface", "KernelsBaseline", "KernelsV3", "KernelsV4"]
#else
let wideKernels: [Target] = []
let kernels: [Target.Dependency] = ["CProcessor", "KernelInterface", "KernelsBaseline"]
#endif

let package = Package(
  name: "qtool",
  products: [
    .executable(name: "qtool", targets: ["qtool"]),
    // The same calls for other Swift programs: see Tests/ExamplePackage.
    .library(name: "QToolKit", targets: ["QToolKit"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // The interface of plugins. Its header needs nothing else, so that a plugin can be compiled with it alone.
    .target(name: "CQToolPlugin"),
    .target(
      name: "TensorCore", swiftSettings: hot, linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(
      name: "OnnxProto", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["onnx.proto"], swiftSettings: generated),
    .target(name: "ONNX", dependencies: ["OnnxProto", "TensorCore"], swiftSettings: strict),
    .target(name: "CProcessor"),
    .target(name: "CLanes"),
    .target(name: "KernelInterface", swiftSettings: hot),
    .target(name: "KernelsBaseline", dependencies: ["CLanes", "KernelInterface"], swiftSettings: hot),
    .target(name: "Kernels", dependencies: kernels, swiftSettings: hot),
    .target(
      name: "Executor",
      dependencies: ["ONNX", "TensorCore", "KernelInterface", "Kernels", "COpenBLAS", "CQToolPlugin"],
      swiftSettings: hot),
    .target(
      name: "CalibrationData", dependencies: ["TensorCore", "CTurboJPEG", "CPNG", "CZlib"], swiftSettings: hot),
    .target(
      name: "Calibration", dependencies: ["CLanes", "KernelInterface", "Kernels", "TensorCore"], swiftSettings: hot),
    .target(
      name: "PrecisionAudit", dependencies: ["Executor", "ONNX", "TensorCore"], swiftSettings: hot),
    .target(name: "Evaluation", dependencies: ["TensorCore"], swiftSettings: hot),
    .target(name: "Quantization", dependencies: ["Calibration", "ONNX", "TensorCore"], swiftSettings: strict),
    .target(name: "CalibrationCache", dependencies: ["Calibration", "TensorCore"], swiftSettings: strict),
    .target(
      name: "Export", dependencies: ["Calibration", "CalibrationCache", "ONNX", "Quantization", "TensorCore"],
      swiftSettings: strict),
    .target(
      name: "Reporting", dependencies: [.product(name: "Mustache", package: "swift-mustache")],
      resources: [
        .embedInCode("Schemas/report-1.schema.json"),
        .embedInCode("Templates/binary16.mustache"),
        .embedInCode("Templates/distributions.mustache"),
        .embedInCode("Templates/findings.mustache"),
        .embedInCode("Templates/gallery.mustache"),
        .embedInCode("Templates/histogram.mustache"),
        .embedInCode("Templates/intervals.mustache"),
        .embedInCode("Templates/key-numbers.mustache"),
        .embedInCode("Templates/line.mustache"),
        .embedInCode("Templates/lines.mustache"),
        .embedInCode("Templates/page.mustache"),
        .embedInCode("Templates/ranges.mustache"),
        .embedInCode("Templates/report.css"),
        .embedInCode("Templates/report.js"),
        .embedInCode("Templates/table.mustache"),
      ], swiftSettings: strict),
    .target(
      name: "Pipeline",
      dependencies: [
        "Calibration", "CalibrationCache", "CalibrationData", "Evaluation", "Executor", "Export", "Kernels", "ONNX",
        "PrecisionAudit", "Quantization", "Reporting", "TensorCore",
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "Yams", package: "Yams"),
      ], swiftSettings: strict),
    .target(name: "QToolKit", dependencies: ["Pipeline"], swiftSettings: strict),
    .executableTarget(
      name: "qtool",
      dependencies: ["Pipeline", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),

    .target(name: "TestSupport", dependencies: ["TensorCore"], path: "Tests/TestSupport", swiftSettings: strict),
    // The processor's own conversions to binary16, beside which ours are held.
    .target(name: "CHalfPrecision", path: "Tests/CHalfPrecision"),
    .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore"], swiftSettings: strict),
    .testTarget(name: "ONNXTests", dependencies: ["ONNX", "OnnxProto", "TensorCore"], swiftSettings: strict),
    .testTarget(
      name: "ExecutorTests",
      dependencies: [
        "CHalfPrecision", "Executor", "KernelInterface", "Kernels", "ONNX", "CalibrationData", "TensorCore",
        "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ConformanceTests", dependencies: ["Executor", "ONNX", "TensorCore"],
      exclude: ["supported.txt", "excluded.txt", "operators.txt", "counts.md"], swiftSettings: strict),
    .testTarget(
      name: "CalibrationDataTests", dependencies: ["CalibrationData", "TensorCore"], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(name: "EvaluationTests", dependencies: ["Evaluation", "TensorCore"], swiftSettings: strict),
    .testTarget(
      name: "QuantizationTests", dependencies: ["Calibration", "ONNX", "Quantization", "TensorCore"],
      swiftSettings: strict),
    .testTarget(name: "CalibrationTests", dependencies: ["Calibration", "TensorCore"], swiftSettings: strict),
    .testTarget(
      name: "CalibrationCacheTests", dependencies: ["Calibration", "CalibrationCache", "TensorCore", "TestSupport"],
      exclude: ["Snapshots"], swiftSettings: strict),
    .testTarget(
      name: "ExportTests",
      dependencies: ["CalibrationCache", "Executor", "Export", "ONNX", "Quantization", "TensorCore", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ReportingTests", dependencies: ["Reporting", "TestSupport"], exclude: ["Snapshots"], swiftSettings: strict),
    .testTarget(
      name: "PipelineTests",
      dependencies: [
        "Calibration", "CalibrationCache", "CalibrationData", "Executor", "ONNX", "Pipeline", "PrecisionAudit",
        "TensorCore", "TestSupport",
      ], exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "NetworkTests",
      dependencies: [
        "CalibrationCache", "CalibrationData", "Evaluation", "Executor", "Export", "ONNX", "Pipeline",
        "Quantization", "TensorCore", "TestSupport", "qtool",
      ], exclude: ["GPUFlips"], swiftSettings: strict),
    .testTarget(
      name: "QToolTests", dependencies: ["CalibrationData", "ONNX", "TensorCore", "TestSupport", "qtool"],
      exclude: ["Snapshots"], swiftSettings: strict),
  ] + wideKernels
)
