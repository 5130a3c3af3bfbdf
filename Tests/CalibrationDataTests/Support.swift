import CalibrationData
import Foundation
import TensorCore
import Testing

/// The folder of the committed fixtures.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/"

/// The evaluation data, named by QTOOL_DATA_ROOT or found as `shared/data` beside the checkout; nil, with a printed
/// reason, where `entry` is absent.
func sharedData(_ entry: String) -> String? {
  let manager = FileManager.default
  var candidates: [String] = []
  if let root = ProcessInfo.processInfo.environment["QTOOL_DATA_ROOT"] {
    candidates = [root]
  } else {
    var folder = URL(fileURLWithPath: #filePath)
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      candidates.append(folder.path + "/shared/data")
    }
  }
  if let root = candidates.first(where: { manager.fileExists(atPath: $0 + "/" + entry) }) { return root + "/" }
  print("skipped: \(entry) is missing; set QTOOL_DATA_ROOT to the folder of the evaluation data")
  return nil
}

/// An empty folder that `body` may fill; removed afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// Writes `bytes` to `folder/name` and answers the path. Folders on the way are made.
@discardableResult
func write(_ bytes: [UInt8], _ name: String, in folder: String) throws -> String {
  let url = URL(fileURLWithPath: folder + "/" + name)
  try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: url)
  return url.path
}

@discardableResult
func write(_ text: String, _ name: String, in folder: String) throws -> String {
  try write(Array(text.utf8), name, in: folder)
}

func contents(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

/// The arrays of a fixture archive by name.
func archive(_ name: String) throws -> [String: Tensor] {
  var tensors: [String: Tensor] = [:]
  for (name, array) in try NPZArchive(path: fixtures + name, place: name).arrays {
    tensors[name] = try array.tensor()
  }
  return tensors
}

/// The whole of a `.npy` file.
func array(_ path: String) throws -> Tensor { try StoredArray(npyAt: path, place: path).tensor() }

/// Decodes a file without any further step.
func decoded(_ path: String) throws -> Image {
  let image = Image()
  let bytes = try contents(of: path)
  try unsafe bytes.withUnsafeBufferPointer { unsafe try ImageDecoder().decode($0, into: image, place: path) }
  return image
}

/// The samples as RGB, whatever the picture's channels.
func rgb(_ image: Image) -> [UInt8] {
  image.channels == 3 ? image.samples : image.samples.flatMap { [$0, $0, $0] }
}
