"""Checks networks that were brought to a later operator set against what they were.

usage: opset_upgrade.py FOLDER

For each FOLDER/NAME.before.onnx there are FOLDER/NAME.OPSET.onnx. Each is checked with full shape inference and run in
onnxruntime on seeded inputs, and so are the network before and what onnx.version_converter makes of it, where these can
be run. Prints for each file one line of JSON: name, opset, the largest difference from before and from the converter's
(null where there is nothing to compare with), and the error that the checker or the run ended with.
"""

import glob
import json
import os
import sys
import zlib

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime

TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def feeds(run, seed):
    random = np.random.default_rng(seed)
    result = {}
    for value in run.get_inputs():
        shape = [extent if isinstance(extent, int) else 2 for extent in value.shape]
        kind = TYPES[value.type]
        values = random.uniform(-2, 2, shape) if np.issubdtype(kind, np.floating) else random.integers(0, 2, shape)
        result[value.name] = values.astype(kind)
    return result


def difference(first, second):
    pairs = list(zip(first, second))
    if any(a.shape != b.shape or a.dtype != b.dtype for a, b in pairs):
        return "types differ"
    return max((float(np.max(np.abs(a.astype(np.float64) - b), initial=0)) for a, b in pairs), default=0.0)


def attempt(work):
    try:
        return work()
    except Exception:  # Either tool raises errors of its own; a network that it cannot take is no failure here.
        return None


def main(folder):
    for before in sorted(glob.glob(f"{folder}/*.before.onnx")):
        name = os.path.basename(before).removesuffix(".before.onnx")
        seed = zlib.crc32(name.encode())
        old = attempt(lambda: session(before))
        old = attempt(lambda: old.run(None, feeds(old, seed)))
        for after in sorted(glob.glob(f"{folder}/{name}.[0-9]*.onnx")):
            entry = {"name": name, "opset": int(after.split(".")[-2]), "before": None, "converter": None, "error": None}
            try:
                model = onnx.load(after)
                onnx.checker.check_model(model, full_check=True)
                run = session(after)
                inputs = feeds(run, seed)
                new = run.run(None, inputs)
                if old is not None:
                    entry["before"] = difference(old, new)
                convert = lambda: onnx.version_converter.convert_version(onnx.load(before), entry["opset"])
                other = attempt(lambda: session(convert().SerializeToString()).run(None, inputs))
                if other is not None:
                    entry["converter"] = difference(other, new)
            except Exception as error:
                entry["error"] = " ".join(str(error).split())[:400]
            print(json.dumps(entry))


main(*sys.argv[1:])
