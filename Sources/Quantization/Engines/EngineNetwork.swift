package import ONNX
package import TensorCore

/// A quantized network as the engine of its target computes it, to be run in float32.
///
/// An engine does not compute what the Q/DQ operators of a file say, step by step: it fuses them with what stands between
/// into kernels that add integers and requantize the sums, each engine in its own order of roundings. Where a value lies
/// on the border between two codes this order decides, and deep networks make much of a single code. So what an engine
/// does is written as a network of its own: weights, biases and activations are the integer codes, less their zero points;
/// sums of them are exact in float32 up to 2²⁴; and the requantization is written out as operators that round as the
/// engine does.
///
/// The nodes of the original network keep their names, and so do values that the engine holds in floating point.
package struct EngineNetwork: Sendable {
  package let model: Model
  /// By node and by position among its inputs: what a numeric policy asks for. Grids of scale 1 turn values in units of
  /// codes into the codes.
  package let operandGrids: [String: [Int: IntegerGrid]]

  /// Nil for a target whose engine's arithmetic is not known: then the plan's own grids say what is computed.
  ///
  /// - Parameter model: The network that `plan` was made for.
  package init?(_ model: Model, plan: QuantizationPlan) {
    let arithmetic: any EngineArithmetic
    switch plan.target {
    case .tensorrt: return nil
    case .onnxruntime: arithmetic = OnnxruntimeArithmetic()
    case .openvino: arithmetic = OpenVINOArithmetic()
    }
    var writer = EngineNetworkWriter(model, plan: plan)
    for place in model.graph.nodes.indices where !writer.isDone(place) {
      if !arithmetic.write(place, &writer) { writer.writeAsItIs(place) }
    }
    self.model = writer.finished
    operandGrids = writer.operandGrids
  }
}

/// How an engine computes the nodes of a quantized network.
protocol EngineArithmetic {
  /// Writes the node at `place`, and what its kernel computes besides.
  ///
  /// - Returns: Whether it did: else the node computes as it is written, on numbers that codes became again.
  func write(_ place: Int, _ writer: inout EngineNetworkWriter) -> Bool

  /// A floating-point value in units of the codes of `grid`, quantized by an operator of its own.
  func quantize(_ value: String, to grid: IntegerGrid, _ writer: inout EngineNetworkWriter) -> CodeValue

  /// Whether quantizing the result of `node` is the same to the engine as quantizing its inputs.
  func passesQuantization(_ node: Node) -> Bool
}

/// A value in units of the codes of a grid, less the zero point.
struct CodeValue {
  /// Its name in the engine's network.
  let name: String
  let grid: IntegerGrid
  /// What turns the value into whole codes; nil where it consists of them already.
  let reading: IntegerGrid?
}

extension IntegerGrid {
  /// Whole numbers in the range of the codes, less the zero point.
  var unit: IntegerGrid { IntegerGrid(scale: 1, zeroPoint: zeroPoint, codes: codes) }

  /// The numbers that the least and the greatest code stand for.
  var leastValue: Float { value(of: codes.lowerBound) }
  var greatestValue: Float { value(of: codes.upperBound) }
}
