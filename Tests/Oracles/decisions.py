"""Prints onnxruntime's decision (the index of the largest output) for each sample of a test set.

usage: decisions.py NETWORK DATA COUNT PREPROCESSING [off]

DATA is a manifest with a column `file`, or images in MNIST's idx format. PREPROCESSING is the JSON form of a recipe's
field, or `none` where the samples are arrays. Pictures are prepared with Pillow and NumPy. `off` runs the nodes as they
stand in the file, without graph optimisations.
"""

import csv
import gzip
import json
import pathlib
import sys

import numpy as np
import onnxruntime
from PIL import Image


def samples(data, count):
    if data.suffix == ".gz":
        pixels = np.frombuffer(gzip.decompress(data.read_bytes()), np.uint8, offset=16).reshape(-1, 28, 28)
        yield from (Image.fromarray(picture) for picture in pixels[:count])
        return
    with open(data, newline="", encoding="utf-8") as manifest:
        for row in list(csv.DictReader(manifest))[:count]:
            path = data.parent / row["file"]
            yield np.load(path) if path.suffix == ".npy" else Image.open(path)


def prepare(picture, rules):
    picture = picture.convert("L" if rules["channels"] == "gray" else "RGB")
    if resize := rules.get("resize"):
        width, height = picture.size
        short = min(width, height)
        size = [resize["shorter"] * side // short for side in (width, height)]
        picture = picture.resize(size, Image.Resampling[resize["filter"].upper()])
    if crop := rules.get("crop"):
        left, top = (round((side - extent) / 2) for side, extent in zip(picture.size, reversed(crop)))
        picture = picture.crop((left, top, left + crop[1], top + crop[0]))
    pixels = np.asarray(picture, np.float32)
    pixels = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    if rules["channels"] == "bgr":
        pixels = pixels[::-1]
    mean, std = (np.asarray(rules[key], np.float32).reshape(-1, 1, 1) for key in ("mean", "std"))
    return (pixels / np.float32(rules.get("divide", 1)) - mean) / std


def main(network, data, count, preprocessing, optimisations="on"):
    rules = None if preprocessing == "none" else json.loads(preprocessing)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if optimisations == "off":
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    for sample in samples(pathlib.Path(data), int(count)):
        values = sample if rules is None else prepare(sample, rules)
        (output,) = session.run(None, {name: np.ascontiguousarray(values[None], np.float32)})
        print(int(output.argmax()))


main(*sys.argv[1:])
