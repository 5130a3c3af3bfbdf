"""Counts the decisions on which engines differ from what was predicted, for explicitly quantized networks.

usage: exported_decisions.py QTOOL REPOSITORY DATA-ROOT COUNT NETWORK...
       exported_decisions.py keep FOLDER OUTPUTS        (what the first form runs as --metric-command)

Each network of the repository's folder Calibration is exported, with its reference cache, for every target. `qtool compare`
with that target, on the same prepared samples, gives the prediction. Beside it stand onnxruntime with every optimisation
(`fused`) and OpenVINO (`openvino`); and onnxruntime with the nodes as they are (`plain`), beside the prediction of
`--arithmetic written`. Prints for each network and target a line of JSON: samples, decisions, and for each engine the
decisions that differ and the SQNR of the outputs against the prediction in decibels.

A decision is the index of the largest number: of a sample, or, of a detector's anchors and cells, of each of them.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
import openvino

TARGETS = ("tensorrt", "onnxruntime", "openvino")


def recipe(repository, data_root, name):
    """The recipe's model and its samples, those for tests where it names any."""
    text = (repository / "Calibration" / f"{name}.yaml").read_text().replace("${data_root}", str(data_root))
    fields = dict(re.findall(r"^(model|data|test): *(.+)$", text, re.MULTILINE))
    model, data = (repository / "Calibration" / fields[key] for key in ("model", "test" if "test" in fields else "data"))
    return model, data


def samples_of(qtool, repository, data_root, name, data, count):
    """The prepared samples, as qtool prepares them: to the bit what Pillow makes of them."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [qtool, "data", "pack", "--recipe", repository / "Calibration" / f"{name}.yaml", "--data-root", data_root,
             "--data", data, "--samples", str(count), "-o", f"{folder}/"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        files = sorted(pathlib.Path(folder).glob("*.batch"), key=lambda file: int(file.stem))
        contents = [file.read_bytes() for file in files]
    shape = np.frombuffer(contents[0], np.int32, 4)
    return np.concatenate([np.frombuffer(item, np.float32, int(shape.prod()), 16).reshape(shape) for item in contents])


def predicted(qtool, model, calibration, target, arithmetic, samples, folder):
    """The first output of `qtool compare` in INT8, by sample."""
    packed, kept = f"{folder}/samples", f"{folder}/{arithmetic}"
    if not os.path.exists(packed):
        os.makedirs(packed)
        for place, sample in enumerate(samples):
            np.save(f"{packed}/{place:06}.npy", sample)
    own = shlex.join([sys.executable, os.path.abspath(__file__), "keep", kept])
    subprocess.run(
        [qtool, "compare", model, "--data", packed, "--calibration", calibration, "--precisions", "int8", "--target", target,
         "--arithmetic", arithmetic, "--metric-command", own, "--quiet"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    first = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"]).get_outputs()[0].name
    return np.load(f"{kept}/{re.sub('[^A-Za-z0-9._-]', '_', first)}.npy")


def keep(folder, outputs):
    """As a metric: copies the outputs of INT8, and rates them 0."""
    if os.path.basename(os.path.normpath(outputs)) == "int8":
        shutil.copytree(outputs, folder)
    print(0)


def onnxruntime_outputs(path, name, samples, level):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    first = session.get_outputs()[0].name
    return np.concatenate([session.run([first], {name: sample[None]})[0] for sample in samples])


def openvino_outputs(path, name, samples):
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1})
    return np.concatenate([np.array(compiled([sample[None]])[compiled.output(0)]) for sample in samples])


def first_input(model):
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return session.get_inputs()[0].name


def decisions(network, outputs):
    if "ultraface" in network:
        return outputs.argmax(-1).ravel()
    if "fastestdet" in network:
        scores = outputs[:, :1] ** 0.6 * outputs[:, 5:].max(1, keepdims=True) ** 0.4
        return np.where(scores[:, 0] > 0.3, outputs[:, 5:].argmax(1), -1).ravel()
    return outputs.argmax(-1).ravel()


def decibels(outputs, reference):
    noise = float(((outputs.astype(np.float64) - reference) ** 2).sum())
    return None if noise == 0 else round(10 * np.log10(float((reference.astype(np.float64) ** 2).sum()) / noise), 1)


def main(qtool, repository, data_root, count, *networks):
    repository = pathlib.Path(repository)
    for network in networks:
        model, data = recipe(repository, data_root, network)
        samples = samples_of(qtool, repository, data_root, network, data, count)
        name = first_input(model)
        for target in TARGETS:
            with tempfile.TemporaryDirectory() as folder:
                path = f"{os.environ.get('KEEP', folder)}/{network}.{target}.onnx"
                calibration = repository / "Calibration" / f"{network}.cache.json"
                subprocess.run(
                    [qtool, "export", model, "--calibration", calibration, "--target", target, "--quiet",
                     "--allow-missing", "-o", path],
                    check=True,
                )  # fmt: skip
                levels = onnxruntime.GraphOptimizationLevel
                written, reference = (
                    predicted(qtool, model, calibration, target, arithmetic, samples, folder)
                    for arithmetic in ("written", "engine")
                )
                choices = decisions(network, reference)
                entry = {"network": network, "target": target, "samples": len(samples), "decisions": len(choices)}
                if "fastestdet" in network:
                    entry["objects"] = int((choices >= 0).sum())
                for engine, prediction, outputs in (
                    ("plain", written, onnxruntime_outputs(path, name, samples, levels.ORT_DISABLE_ALL)),
                    ("fused", reference, onnxruntime_outputs(path, name, samples, levels.ORT_ENABLE_ALL)),
                    ("openvino", reference, openvino_outputs(path, name, samples)),
                ):
                    outputs = outputs.reshape(prediction.shape)
                    different = decisions(network, outputs) != decisions(network, prediction)
                    entry[engine] = [int(different.sum()), decibels(outputs, prediction)]
                print(json.dumps(entry), flush=True)


if __name__ == "__main__":
    keep(*sys.argv[2:]) if sys.argv[1] == "keep" else main(*sys.argv[1:])
