import Foundation
import TestSupport
import Testing

/// The decisions of onnxruntime and OpenVINO on explicitly quantized networks, beside the prediction.
///
/// `Reports/export` has the figures of all networks, those with large pictures too.
@Suite(.serialized) struct ExportedDecisionTests {
  private struct Line: Decodable {
    let target: String
    let decisions: Int
    let plain: [Double]
    let fused: [Double]
    let openvino: [Double]
  }

  static let networks = [
    "fashion_resnet", "mlperf_tiny_kws_dscnn", "mlperf_tiny_resnet8_cifar10", "cifar10_resnet20", "mnist_lenet_caffe_a",
  ]

  @Test(arguments: networks) func `engines decide as was predicted on all but one sample of 300`(name: String) throws {
    let root: String
    if name == "fashion_resnet" {
      root = Checkout.root
    } else {
      guard let found = SharedData.root(having: "models/\(name).onnx") else { return }
      root = found
    }
    guard
      let lines = try Oracle.lines("exported_decisions.py", [Checkout.program, Checkout.root, root, "300", name])
    else { return }
    #expect(lines.count == 3)
    for line in lines {
      let found = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
      print("\(name): \(line)")
      #expect(found.decisions == 300)
      #expect(found.plain[0] <= 1 && found.fused[0] <= 1, "onnxruntime, \(found.target)")
      // OpenVINO runs a residual sum inside a convolution, without the pair that `onnxruntime` wants between the two.
      #expect(found.openvino[0] <= (found.target == "onnxruntime" ? 5 : 1), "OpenVINO, \(found.target)")
    }
  }
}
