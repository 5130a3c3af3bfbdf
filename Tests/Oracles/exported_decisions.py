"""Counts the decisions on which engines differ from what was predicted, for explicitly quantized networks.

usage: exported_decisions.py QTOOL REPOSITORY DATA-ROOT COUNT NETWORK...
       exported_decisions.py keep FOLDER OUTPUTS        (what the first form runs as --metric-command)

Each network is exported for every target: one of the repository's folder Calibration with its reference cache and its
samples, one of Tests/networks.txt with the samples of public_samples.py, others of which it is calibrated on. `qtool compare`
with that target, on the same samples, gives the prediction. Beside it stand onnxruntime with every optimisation (`fused`)
and OpenVINO (`openvino`); and onnxruntime with the nodes as they are (`plain`), beside the prediction of `--arithmetic
written`. Prints for each network and target a line of JSON: samples, decisions, and for each engine the decisions that
differ and the SQNR of the outputs against the prediction in decibels.

A decision is the index of the largest number: of a sample, or of each anchor, cell or place in a text; at a pixel, whether
it is text; of a sentence, which other one is nearest.
"""

import dataclasses
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
import public_samples

TARGETS = ("tensorrt", "onnxruntime", "openvino")
CALIBRATION_SAMPLES = 64


@dataclasses.dataclass
class Case:
    """A network, what its tensors' ranges are, and inputs by name for each sample."""

    name: str
    model: pathlib.Path
    calibration: pathlib.Path
    samples: list


def recipe_case(qtool, repository, data_root, name, count):
    """A network of the repository's folder Calibration with its samples, those for tests where it names any."""
    folder = repository / "Calibration"
    text = (folder / f"{name}.yaml").read_text().replace("${data_root}", str(data_root))
    fields = dict(re.findall(r"^(model|data|test): *(.+)$", text, re.MULTILINE))
    model, data = (folder / fields[key] for key in ("model", "test" if "test" in fields else "data"))
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    first = session.get_inputs()[0].name
    samples = samples_of(qtool, repository, data_root, name, data, count)
    return Case(name, model, folder / f"{name}.cache.json", [{first: sample[None]} for sample in samples])


def public_case(qtool, repository, data_root, name, count, folder):
    """A network of Tests/networks.txt, calibrated here."""
    model = repository / ".venv/networks" / f"{name}.onnx"
    public_samples.store(public_samples.samples(name, data_root, "calib", CALIBRATION_SAMPLES), f"{folder}/calib")
    cache = pathlib.Path(folder) / "network.cache"
    subprocess.run([qtool, "calibrate", model, "--data", f"{folder}/calib", "-o", cache, "--quiet"], check=True)
    samples = public_samples.samples(name, data_root, "val", count)
    return Case(name, model, cache.with_name("network.cache.json"), samples)


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


def predicted(qtool, case, target, arithmetic, folder):
    """The first output of `qtool compare` in INT8, for each sample."""
    kept = f"{folder}/{target}.{arithmetic}"
    own = shlex.join([sys.executable, os.path.abspath(__file__), "keep", kept])
    subprocess.run(
        [qtool, "compare", case.model, "--data", f"{folder}/samples", "--calibration", case.calibration,
         "--precisions", "int8", "--target", target, "--arithmetic", arithmetic, "--metric-command", own, "--quiet"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(str(case.model), providers=["CPUExecutionProvider"])
    first = pathlib.Path(kept) / re.sub("[^A-Za-z0-9._-]", "_", session.get_outputs()[0].name)
    # A file where all have one shape, else a folder.
    if first.is_dir():
        return [np.load(file) for file in sorted(first.glob("*.npy"), key=lambda file: int(file.stem))]
    return list(np.load(f"{first}.npy"))


def keep(folder, outputs):
    """As a metric: copies the outputs of INT8, and rates them 0."""
    if os.path.basename(os.path.normpath(outputs)) == "int8":
        shutil.copytree(outputs, folder)
    print(0)


def onnxruntime_outputs(path, samples, level):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    first = session.get_outputs()[0].name
    return [session.run([first], sample)[0] for sample in samples]


def openvino_outputs(path, samples, fixes_shapes):
    """`fixes_shapes`: compiles for the shapes of each sample. Open heights and widths it computes wrongly: Reports/export."""
    core, compiled = openvino.Core(), {}
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    outputs = []
    for sample in samples:
        shapes = tuple(values.shape for values in sample.values()) if fixes_shapes else None
        if shapes not in compiled:
            network = core.read_model(path)
            if fixes_shapes:
                network.reshape({name: values.shape for name, values in sample.items()})
            compiled[shapes] = core.compile_model(network, "CPU", hints)
        outputs.append(np.array(compiled[shapes](sample)[compiled[shapes].output(0)]))
    return outputs


def decisions(network, outputs):
    if network == "minilm":
        sentences = np.stack([tokens.reshape(-1, tokens.shape[-1]).mean(0) for tokens in outputs]).astype(np.float64)
        sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)
        return (sentences @ sentences.T - 2 * np.eye(len(sentences))).argmax(1)
    if network == "ppocr_det":
        return np.concatenate([output.ravel() > 0.3 for output in outputs])
    if network == "ppocr_rec":
        return np.concatenate([output.argmax(-1).ravel() for output in outputs])
    outputs = np.stack(outputs)
    if "fastestdet" in network:
        scores = outputs[:, :1] ** 0.6 * outputs[:, 5:].max(1, keepdims=True) ** 0.4
        return np.where(scores[:, 0] > 0.3, outputs[:, 5:].argmax(1), -1).ravel()
    return outputs.argmax(-1).ravel()


def objects(network, choices):
    """How many of the decisions speak of something; nil where all do."""
    if network == "ppocr_rec":
        return int((choices != 0).sum())
    if "fastestdet" in network:
        return int((choices >= 0).sum())
    return int(choices.sum()) if network == "ppocr_det" else None


def decibels(outputs, reference):
    outputs, reference = (np.concatenate([item.ravel() for item in list]).astype(np.float64) for list in (outputs, reference))
    noise = float(((outputs - reference) ** 2).sum())
    return None if noise == 0 else round(10 * np.log10(float((reference**2).sum()) / noise), 1)


def verdict(qtool, case, target, folder):
    path = f"{os.environ.get('KEEP', folder)}/{case.name}.{target}.onnx"
    subprocess.run(
        [qtool, "export", case.model, "--calibration", case.calibration, "--target", target, "--quiet", "--allow-missing",
         "-o", path],
        check=True,
    )  # fmt: skip
    levels = onnxruntime.GraphOptimizationLevel
    written, reference = (predicted(qtool, case, target, arithmetic, folder) for arithmetic in ("written", "engine"))
    choices = decisions(case.name, reference)
    entry = {"network": case.name, "target": target, "samples": len(case.samples), "decisions": len(choices)}
    if (count := objects(case.name, choices)) is not None:
        entry["objects"] = count
    for engine, prediction, outputs in (
        ("plain", written, onnxruntime_outputs(path, case.samples, levels.ORT_DISABLE_ALL)),
        ("fused", reference, onnxruntime_outputs(path, case.samples, levels.ORT_ENABLE_ALL)),
        ("openvino", reference, openvino_outputs(path, case.samples, case.name in public_samples.NETWORKS)),
    ):
        outputs = [output.reshape(like.shape) for output, like in zip(outputs, prediction, strict=True)]
        different = decisions(case.name, outputs) != decisions(case.name, prediction)
        entry[engine] = [int(different.sum()), decibels(outputs, prediction)]
    return entry


def main(qtool, repository, data_root, count, *networks):
    repository = pathlib.Path(repository)
    for network in networks:
        with tempfile.TemporaryDirectory() as folder:
            if network in public_samples.NETWORKS:
                case = public_case(qtool, repository, data_root, network, int(count), folder)
            else:
                case = recipe_case(qtool, repository, data_root, network, count)
            public_samples.store(case.samples, f"{folder}/samples")
            for target in TARGETS:
                print(json.dumps(verdict(qtool, case, target, folder)), flush=True)


if __name__ == "__main__":
    keep(*sys.argv[2:]) if sys.argv[1] == "keep" else main(*sys.argv[1:])
