"""Prints the largest magnitude that onnxruntime sees in each float tensor, as `NAME<tab>AMAX`.

usage: ranges.py NETWORK INPUT.npy

The first axis of the input counts the samples. Nothing is fused, for every tensor is an output.
"""

import sys

import numpy as np
import onnx
import onnxruntime


def main(network, samples):
    model = onnx.load(network)
    names = [output for node in model.graph.node if node.op_type != "Constant" for output in node.output if output]
    known = {value.name for value in model.graph.output}
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    largest = {}
    for sample in np.load(samples):
        values = dict(zip(names, session.run(names, {name: sample[None]})))
        values[name] = sample
        for key, tensor in values.items():
            if tensor.dtype == np.float32:
                largest[key] = max(largest.get(key, 0.0), float(np.abs(tensor).max()))
    for key, value in largest.items():
        print(f"{key}\t{value!r}")


main(*sys.argv[1:])
