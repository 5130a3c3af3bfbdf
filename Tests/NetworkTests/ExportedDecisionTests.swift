import Foundation
import Pipeline
import TestSupport
import Testing

/// The decisions of onnxruntime and OpenVINO on explicitly quantized networks, beside the prediction.
///
/// `Reports/export` has the figures of all networks, those with large pictures too.
@Suite(.serialized) struct ExportedDecisionTests {
  private struct Line: Decodable {
    let target: String
    let decisions: Int
    let plain: [Double?]
    let fused: [Double?]
    let openvino: [Double?]
  }

  static let networks = [
    "fashion_resnet": 300, "mlperf_tiny_kws_dscnn": 300, "mlperf_tiny_resnet8_cifar10": 300, "cifar10_resnet20": 300,
    "mnist_lenet_caffe_a": 300, "efficientnet_lite0": 48, "squeezenet1.1": 48, "fastestdet_coco_352": 8,
    "ppocr_det": 2, "ppocr_rec": 24, "ppocr_cls": 100, "minilm": 60,
  ]

  /// Where numbers stand between quantized values, the least SQNR in decibels; elsewhere next to nothing but the float32
  /// arithmetic behind the last quantized value differs.
  static let mixed: [String: Double] = ["ppocr_det": 30, "ppocr_rec": 30, "ppocr_cls": 30, "minilm": 18]

  @Test(arguments: networks.keys.sorted())
  func `engines decide as was predicted on all but one sample of 300`(name: String) throws {
    let root: String
    if name == "fashion_resnet" {
      root = Checkout.root
    } else {
      let fetched = PublicNetwork.fetched.first { $0.name == name }
      if let fetched, fetched.path() == nil { return }
      // The fetched networks read text that is drawn on pictures.
      let needed = fetched == nil ? "models/\(name).onnx" : "datasets/coco128/images/val"
      guard let found = SharedData.root(having: needed) else { return }
      root = found
    }
    let count = Self.networks[name] ?? 300
    guard
      let lines = try Oracle.lines("exported_decisions.py", [Checkout.program, Checkout.root, root, "\(count)", name])
    else { return }
    #expect(lines.count == 3)
    // Attention, or gates between the layers, are numbers that each library sums and rounds in its own way.
    let least = Self.mixed[name] ?? 50
    func isNear(_ figures: [Double?]) -> Bool { figures[1] ?? .infinity > least }
    for line in lines {
      let found = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
      print("\(name): \(line)")
      #expect(found.decisions >= count)
      // Engines add products without rounding them first; the baseline kernels cannot.
      let isFused = KernelClass.current.instructionSet != "baseline" || Self.mixed[name] == nil
      let allowed = Double(max(1, found.decisions / 300) * (isFused ? 1 : 2))
      // A file is for its own engine.
      if found.target == "openvino" {
        #expect(found.openvino[0] ?? 0 <= allowed && isNear(found.openvino), "OpenVINO")
      }
      if found.target == "onnxruntime", Processor.hasVNNI {
        #expect(found.fused[0] ?? 0 <= allowed && isNear(found.fused), "onnxruntime")
      }
      // Node by node sums come out in another order: deep networks make much of it.
      if name.hasPrefix("mlperf") || name.contains("mnist") || name.contains("resnet") {
        #expect(found.plain[0] ?? 0 <= allowed, "onnxruntime, node by node, \(found.target)")
      }
    }
  }
}
