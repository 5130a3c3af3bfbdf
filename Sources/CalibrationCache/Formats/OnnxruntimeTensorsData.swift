/// The JSON that onnxruntime's `quantize_static` keeps at `calibration_cache_path`, since 1.31.
///
/// A cache is used there where its method and its `smooth_quant` are those of the call; neither the network nor the
/// data are compared.
package enum OnnxruntimeTensorsData: CacheFormat {
  package static let name = "onnxruntime-quantize"
  package static let summary = "the JSON of quantize_static's calibration_cache_path (onnxruntime 1.31)"
  package static let content: CacheFormatContent = [.ranges]

  package static func recognizes(_ file: CacheFile) -> Bool {
    file.members?.contains { $0.name == "CLS" && $0.value == .string("TensorsData") } ?? false
  }

  package static func read(_ file: CacheFile, place: String) throws(CacheError) -> CacheDocument {
    let root = try file.root(place: place)
    var document = CacheDocument(extras: try root.members().filter { $0.name != "CLS" && $0.name != "data" })
    try NumpyRanges.read(try root["data"], into: &document)
    return document
  }

  package static func write(_ document: CacheDocument) throws(CacheError) -> [UInt8] {
    var extras = document.extras.filter { $0.name == "calibration_method" || $0.name == "smooth_quant" }
    if !extras.contains(where: { $0.name == "calibration_method" }) {
      let method: JSON = [
        "CLS": .string("CalibrationMethod"), "value": .string("CalibrationMethod.\(method(document))"),
      ]
      extras.insert(JSONMember("calibration_method", method), at: 0)
    }
    if !extras.contains(where: { $0.name == "smooth_quant" }) {
      extras.append(JSONMember("smooth_quant", .bool(false)))
    }
    let data = JSON.object(NumpyRanges.members(document))
    return JSON.object([JSONMember("CLS", .string("TensorsData")), JSONMember("data", data)] + extras).text(.oneLine)
  }

  /// What the call must be given to use the cache.
  private static func method(_ document: CacheDocument) -> String {
    if case .versioned(_, TensorRTCalibrator.entropy2.rawValue)? = document.header?.meaning {
      "Entropy"
    } else {
      "MinMax"
    }
  }
}
