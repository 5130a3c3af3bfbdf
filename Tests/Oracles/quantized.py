"""Runs a network in onnxruntime over stacked inputs and writes the stacked results.

usage: quantized.py NETWORK INPUTS.npy OUTPUTS.npy OPTIMISED TENSOR

OPTIMISED is `on` or `off`; TENSOR names what to write: an output, or a value inside, such as the logits before a Softmax.

Prints the SQNR in dB of the results against those of the same network with every bias moved by one unit in its last
place: codes on the border between two flip with the last bit of a sum, so no other order of summation comes closer.
"""

import sys

import numpy as np
import onnx
import onnxruntime


def results(model, options, samples, tensor):
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.stack([session.run([tensor], {name: sample[None]})[0].reshape(-1) for sample in samples])


def move_biases(model):
    names = {node.input[2] for node in model.graph.node if node.op_type in ("Conv", "Gemm") and len(node.input) > 2}
    for tensor in model.graph.initializer:
        if tensor.name in names and tensor.data_type == onnx.TensorProto.FLOAT:
            moved = np.nextafter(onnx.numpy_helper.to_array(tensor), np.float32(np.inf))
            tensor.CopyFrom(onnx.numpy_helper.from_array(moved, tensor.name))


def main(network, inputs, outputs, optimised, tensor):
    model = onnx.load(network)
    if all(output.name != tensor for output in model.graph.output):
        model.graph.output.append(onnx.helper.make_tensor_value_info(tensor, onnx.TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if optimised == "off":
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    samples = np.load(inputs)
    values = results(model, options, samples, tensor)
    np.save(outputs, values.astype(np.float32))
    move_biases(model)
    others = results(model, options, samples, tensor)
    noise = ((values.astype(np.float64) - others) ** 2).sum()
    print(10 * np.log10((values.astype(np.float64) ** 2).sum() / noise) if noise > 0 else 999)


main(*sys.argv[1:])
