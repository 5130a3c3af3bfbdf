"""Prints the float tensors of a network that depend on an input, one a line: inputs first, then in the nodes' order.

usage: float_tensors.py NETWORK

Element types come from onnx's own shape inference.
"""

import sys

import onnx

FLOATS = {
    onnx.TensorProto.FLOAT,
    onnx.TensorProto.FLOAT16,
    onnx.TensorProto.BFLOAT16,
    onnx.TensorProto.DOUBLE,
}


def main(network):
    graph = onnx.shape_inference.infer_shapes(onnx.load(network), strict_mode=True).graph
    types = {value.name: value.type.tensor_type.elem_type for value in [*graph.input, *graph.value_info, *graph.output]}
    constants = {tensor.name for tensor in graph.initializer}
    names = [value.name for value in graph.input if value.name not in constants]
    for node in graph.node:
        if any(name in names for name in node.input):
            names += [name for name in node.output if name]
    for name in names:
        if types[name] in FLOATS:
            print(name)


main(*sys.argv[1:])
