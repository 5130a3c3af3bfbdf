"""Runs a network in onnxruntime over stacked inputs and writes the stacked results.

usage: quantized.py NETWORK INPUTS.npy OUTPUTS.npy OPTIMISED TENSOR

OPTIMISED is `on` or `off`; TENSOR names what to write: an output, or a value inside, such as the logits before a Softmax.
"""

import sys

import numpy as np
import onnx
import onnxruntime


def main(network, inputs, outputs, optimised, tensor):
    model = onnx.load(network)
    if all(output.name != tensor for output in model.graph.output):
        model.graph.output.append(onnx.helper.make_tensor_value_info(tensor, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if optimised == "off":
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    values = [session.run([tensor], {name: sample[None]})[0].reshape(-1) for sample in np.load(inputs)]
    np.save(outputs, np.stack(values).astype(np.float32))


main(*sys.argv[1:])
