"""Packs networks and samples into files that gpu_flips.py, alone with NumPy and torch, can run on a GPU.

usage: gpu_case.py QTOOL DATA OUT-FOLDER

DATA is the folder of the evaluation data. Of each network of CASES, `qtool export` writes the float16 and the bfloat16 file;
OUT-FOLDER/NAME.npz holds their graphs and constants, those of the original, and samples: pictures of the data, mirrored and
moved by a pixel, those on which the network decides most narrowly. Only there can a decision flip, so that the flips among
them are those of all. NAME.samples.csv names them: file, mirrored, dx, dy.
"""

import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from PIL import Image

CASES = {
    "mlperf_tiny_resnet8_cifar10": {"data": "cifar10", "shifts": 1, "keep": 800, "divide": 1, "mean": [0], "std": [1]},
    "cifar10_resnet20": {
        "data": "cifar10", "shifts": 1, "keep": 800,
        "divide": 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
    },
    "efficientnet_lite0": {
        "data": "imagenet", "shifts": 0, "keep": 100, "divide": 1, "mean": [127], "std": [128], "shorter": 256, "crop": 224,
    },
}  # fmt: skip


def picture(path, rules):
    image = Image.open(path).convert("RGB")
    if "shorter" in rules:
        width, height = image.size
        short = min(width, height)
        image = image.resize([rules["shorter"] * side // short for side in (width, height)], Image.Resampling.BICUBIC)
        left, top = (round((side - rules["crop"]) / 2) for side in image.size)
        image = image.crop((left, top, left + rules["crop"], top + rules["crop"]))
    return np.asarray(image).transpose(2, 0, 1)


def moved(pixels, mirrored, dx, dy):
    """The picture turned over, then moved right by dx and down by dy; its border is repeated."""
    pixels = pixels[..., ::-1] if mirrored else pixels
    rows = np.clip(np.arange(pixels.shape[1]) - dy, 0, pixels.shape[1] - 1)
    columns = np.clip(np.arange(pixels.shape[2]) - dx, 0, pixels.shape[2] - 1)
    return pixels[:, rows][:, :, columns]


def prepared(pixels, rules):
    mean, std = (np.asarray(rules[key], np.float32).reshape(-1, 1, 1) for key in ("mean", "std"))
    return (pixels.astype(np.float32) / np.float32(rules["divide"]) - mean) / std


def narrowest(network, root, rules):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    folder = root / "datasets" / rules["data"]
    found = []
    shifts = range(-rules["shifts"], rules["shifts"] + 1)
    for manifest in ("test.csv", "calib.csv"):
        with open(folder / manifest, newline="", encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                pixels = picture(folder / row["file"], rules)
                places = [(mirrored, dx, dy) for mirrored in (0, 1) for dx in shifts for dy in shifts]
                variants = np.stack([moved(pixels, *place) for place in places])
                (outputs,) = session.run(None, {name: prepared(variants, rules)})
                best = np.sort(outputs, axis=1)
                for place, variant, margin in zip(places, variants, best[:, -1] - best[:, -2]):
                    found.append((float(margin), (row["file"], *place), variant))
                found.sort(key=lambda item: item[:2])
                del found[rules["keep"] :]
    return [item[1] for item in found], np.stack([item[2] for item in found])


def graph(path, prefix, arrays):
    """The graph in words of JSON; its constants go to `arrays`, those of 16 bits as their bits."""
    model = onnx.load(path)
    constants = {}

    def constant(name, tensor):
        key = f"{prefix}.{len(constants)}"
        values = numpy_helper.to_array(tensor)
        kind = onnx.TensorProto.DataType.Name(tensor.data_type).lower()
        arrays[key] = values.view(np.uint16) if kind in ("float16", "bfloat16") else values
        constants[name] = [key, kind]

    for tensor in model.graph.initializer:
        constant(tensor.name, tensor)
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Constant":
            constant(node.output[0], node.attribute[0].t)
            continue
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        attributes = {key: value.decode() if isinstance(value, bytes) else value for key, value in attributes.items()}
        nodes.append([node.op_type, list(node.input), list(node.output), attributes])
    inputs = [value.name for value in model.graph.input if value.name not in constants]
    return {"nodes": nodes, "constants": constants, "input": inputs[0], "output": model.graph.output[0].name}


def main(qtool, root, out):
    root, out = pathlib.Path(root), pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for name, rules in CASES.items():
        network = str(root / "models" / f"{name}.onnx")
        names, pixels = narrowest(network, root, rules)
        arrays = {"pixels": pixels}
        graphs = {"fp32": graph(network, "fp32", arrays)}
        with tempfile.TemporaryDirectory() as folder:
            for half in ("fp16", "bf16"):
                path = f"{folder}/{half}.onnx"
                subprocess.run(
                    [qtool, "export", network, "--format", half, "--keep-io-types", "--quiet", "-o", path], check=True
                )
                graphs[half] = graph(path, half, arrays)
        words = json.dumps({"name": name, "rules": rules, "graphs": graphs})
        np.savez_compressed(out / f"{name}.npz", words=np.array(words), **arrays)
        with open(out / f"{name}.samples.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([("file", "mirrored", "dx", "dy"), *names])


main(*sys.argv[1:])
