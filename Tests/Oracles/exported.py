"""Loads and runs exported networks in onnx, onnxruntime and OpenVINO.

usage: exported.py NETWORK.onnx...

Each network is checked with full shape inference, and run on seeded inputs in onnxruntime, once with every optimisation and
once without, and in OpenVINO. Prints for each one line of JSON: file, operator counts, the signal to noise in decibels of
onnxruntime's optimised run and of OpenVINO's against onnxruntime's plain one (null: equal; OpenVINO absent: "missing"), and
the errors of each tool.
"""

import collections
import json
import sys

import numpy as np
import onnx
import onnxruntime

try:
    import openvino
except ImportError:
    openvino = None

TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


def session(path, level):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = level
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def feeds(run):
    random = np.random.default_rng(7)
    result = {}
    for value in run.get_inputs():
        shape = [extent if isinstance(extent, int) else 1 if axis == 0 else 64 for axis, extent in enumerate(value.shape)]
        kind = TYPES[value.type]
        floats = random.uniform(-1, 1, shape)
        result[value.name] = (floats if np.issubdtype(kind, np.floating) else np.ones(shape)).astype(kind)
    return result


def decibels(results, reference):
    signal = noise = 0.0
    for one, other in zip(results, reference):
        one, other = one.astype(np.float64), other.astype(np.float64)
        if one.shape != other.shape:
            return -1000.0
        noise += float(np.sum((one - other) ** 2))
        signal += float(np.sum(other**2))
    return None if noise == 0 else round(10 * np.log10(max(signal, 1e-300) / noise), 1)


def openvino_run(path, inputs, count):
    core = openvino.Core()
    # As the file has them: the CPU would use bfloat16 of its own accord.
    compiled = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    results = compiled([inputs[port.get_any_name()] for port in compiled.inputs])
    return [results[compiled.output(i)] for i in range(count)]


def words(error):
    return " ".join(str(error).split())[:300]


def main(paths):
    for path in paths:
        entry = {"file": path, "operators": {}, "errors": {}, "optimised": None, "openvino": None}
        try:
            onnx.checker.check_model(path, full_check=True)
        except Exception as error:
            entry["errors"]["onnx"] = words(error)
        model = onnx.load(path)
        entry["operators"] = dict(collections.Counter(node.op_type for node in model.graph.node))
        entry["opset"] = next(item.version for item in model.opset_import if item.domain in ("", "ai.onnx"))
        try:
            plain = session(path, onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
            inputs = feeds(plain)
            reference = plain.run(None, inputs)
            entry["finite"] = all(bool(np.isfinite(r).all()) for r in reference)
            full = session(path, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
            entry["optimised"] = decibels(full.run(None, inputs), reference)
            if openvino is None:
                entry["openvino"] = "missing"
            else:
                try:
                    entry["openvino"] = decibels(openvino_run(path, inputs, len(reference)), reference)
                except Exception as error:
                    entry["errors"]["openvino"] = words(error)
        except Exception as error:
            entry["errors"]["onnxruntime"] = words(error)
        print(json.dumps(entry))


main(sys.argv[1:])
