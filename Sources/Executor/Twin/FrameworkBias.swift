import TensorCore

/// Where a framework's kernels add the bias of a convolution: to a result that is rounded already, or before it is.
///
/// cuDNN's convolutions leave the bias to a kernel of its own, so it is added to a rounded result and rounded once more.
/// PyTorch's own depthwise kernels add it in float32. They run all depthwise images in bfloat16, and in binary16 those
/// for which PyTorch does not expect cuDNN to be faster (`use_cudnn_depthwise` in ATen's Convolution.cpp). Observed
/// bit by bit with PyTorch 2.11 and cuDNN 9 on a Hopper GPU, for 33 shapes, both formats, batches of 1 and 16.
enum FrameworkBias {
  /// Whether the bias of a node is added to a rounded result. Batches are taken to be larger than one image, as where a
  /// test set is run; `operands` is nil where shapes depend on the data.
  static func isApart(_ implementation: any Operator, _ operands: Operands?, _ format: NarrowFormat) -> Bool {
    guard let conv = (implementation as? Widened<Conv>)?.base else { return implementation is Widened<ConvTranspose> }
    guard conv.group > 1, let operands, let (x, weights, geometry) = try? conv.resolve(operands),
      conv.group == x[1], geometry.axes.count <= 2
    else { return true }
    guard format == .fp16 else { return false }
    return isForCuDNN(channels: x[1], weights, geometry)
  }

  /// Images count with their padding: exporters and converters pad before they convolve.
  private static func isForCuDNN(channels: Int, _ weights: Shape, _ geometry: WindowGeometry) -> Bool {
    guard channels >= 32, geometry.axes.allSatisfy({ $0.dilation == 1 }), let last = geometry.axes.last else {
      return false
    }
    let stride = last.stride, width = last.input + last.padBegin + last.padEnd
    guard geometry.axes.count == 2 else { return stride == 1 }
    let first = geometry.axes[0]
    if first.input + first.padBegin + first.padEnd == 1, stride == 1 { return true }
    guard first.stride == stride, first.kernel == last.kernel, [1, 3, 5].contains(last.kernel), width >= 7 else {
      return false
    }
    switch stride {
    case 1: return true
    case 2: return last.kernel > 1 && (channels >= 512 || channels >= 256 && width >= 28)
    default: return false
    }
  }
}
