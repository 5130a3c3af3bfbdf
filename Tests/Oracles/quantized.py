"""Runs a network in onnxruntime over stacked inputs and writes the stacked results.

usage: quantized.py NETWORK INPUTS.npy OUTPUTS.npy OPTIMISED TENSOR

OPTIMISED is `on` or `off`; TENSOR names what to write: an output, or a value inside, such as the logits before a Softmax.

Prints the SQNR in dB of the results against those of the same network for inputs moved by one unit in their last place:
codes on the border between two flip with the last bit of a sum, so that no other order of summation can come closer.
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
    samples = np.load(inputs)
    values = np.stack([session.run([tensor], {name: sample[None]})[0].reshape(-1) for sample in samples])
    np.save(outputs, values.astype(np.float32))
    moved = np.nextafter(samples, np.float32(np.inf))
    others = np.stack([session.run([tensor], {name: sample[None]})[0].reshape(-1) for sample in moved])
    noise = ((values.astype(np.float64) - others) ** 2).sum()
    print(10 * np.log10((values.astype(np.float64) ** 2).sum() / noise) if noise > 0 else 999)


main(*sys.argv[1:])
