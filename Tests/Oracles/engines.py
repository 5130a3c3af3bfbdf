"""Runs a network in an engine as it comes, every optimisation on, over stacked inputs; writes the stacked first output.

usage: engines.py onnxruntime|openvino NETWORK INPUTS.npy OUTPUTS.npy

Prints the engine's version.
"""

import sys

import numpy as np


def onnxruntime_runner(network):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return onnxruntime.__version__, lambda sample: session.run(None, {name: sample})[0]


def openvino_runner(network):
    import openvino

    core = openvino.Core()
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    compiled = core.compile_model(core.read_model(network), "CPU", hints)
    return openvino.__version__, lambda sample: np.array(compiled([sample])[compiled.output(0)])


def main(engine, network, inputs, outputs):
    version, run = {"onnxruntime": onnxruntime_runner, "openvino": openvino_runner}[engine](network)
    np.save(outputs, np.stack([run(sample).reshape(-1) for sample in np.load(inputs)]))
    print(version)


main(*sys.argv[1:])
