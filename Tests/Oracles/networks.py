"""Runs one network in onnxruntime on seeded inputs and keeps inputs and outputs.

usage: networks.py NAME NETWORK.onnx FOLDER

Prints one line of JSON for each case: its name, and for inputs and outputs each a name and a .npy file in FOLDER. The
inputs of each case also lie together in FOLDER/samples as a .npz: a calibration set of synthetic samples.
"""

import json
import os
import sys
import zlib

import numpy as np
import onnxruntime

IMAGES = {
    "fashion_resnet": [(1, 1, 28, 28), (2, 1, 28, 28)],
    "cifar10_resnet20": [(1, 3, 32, 32), (2, 3, 32, 32)],
    "mlperf_tiny_resnet8_cifar10": [(1, 3, 32, 32), (2, 3, 32, 32)],
    "mlperf_tiny_kws_dscnn": [(1, 1, 49, 10), (3, 1, 49, 10)],
    "efficientnet_lite0": [(1, 3, 224, 224)],
    "squeezenet1.1": [(1, 3, 227, 227)],
    "mnist_lenet_caffe_a": [(1, 1, 28, 28), (2, 1, 28, 28)],
    "fastestdet_coco_352": [(1, 3, 352, 352)],
    "ultraface_slim-320": [(1, 3, 240, 320)],
    "ppocr_det": [(1, 3, 64, 96), (1, 3, 160, 128), (2, 3, 96, 64)],
    "ppocr_rec": [(1, 3, 48, 160), (1, 3, 48, 320), (2, 3, 48, 64)],
    "ppocr_cls": [(1, 3, 48, 192), (3, 3, 48, 192)],
    "centerface": [(10, 3, 32, 32)],
}


def audio(random, batch, count):
    """A voice-like sound: a few partials of a gliding tone, and noise."""
    time = np.arange(count) / 16000
    tone = sum(np.sin(2 * np.pi * k * (140 + 40 * time) * time) / k for k in (1, 2, 3, 5))
    return (0.2 * tone + 0.02 * random.standard_normal((batch, count))).astype(np.float32)


def cases(name, session, random):
    """Names of cases, and their inputs by name."""
    first = session.get_inputs()[0].name
    if name in IMAGES:
        for shape in IMAGES[name]:
            yield "x".join(map(str, shape)), {first: random.uniform(-1, 1, shape).astype(np.float32)}
    elif name == "magika":
        for batch in (1, 4):
            yield f"batch {batch}", {first: random.integers(0, 257, (batch, 2048)).astype(np.int32)}
    elif name == "minilm":
        for batch, length in ((1, 7), (1, 64), (3, 16)):
            mask = np.ones((batch, length), np.int64)
            mask[-1, length // 2 :] = 0
            ids = random.integers(1000, 30000, (batch, length))
            kinds = random.integers(0, 2, (batch, length))
            yield f"{batch}x{length}", {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds}
    elif name == "silero_vad_16k_sequence":
        for length in (1, 5):
            states = {state: random.uniform(-1, 1, (1, 1, 128)).astype(np.float32) for state in "hc"}
            yield f"length {length}", {"input": audio(random, length, 576), **states}
    else:
        yield from speech(session, random)


def speech(session, random):
    """Consecutive chunks of sound: each case starts with the state in which onnxruntime left the one before."""
    inputs = {value.name: value for value in session.get_inputs()}
    rates = (16000, 8000) if "sr" in inputs and len(inputs) == 3 else (16000,)
    batches = (1,) if inputs["input"].shape[0] == 1 else (1, 2)
    for rate in rates:
        count = 576 * rate // 16000
        for batch in batches:
            state = np.zeros((2, batch, 128), np.float32)
            for chunk in range(3):
                feeds = {"input": audio(random, batch, count), "state": state, "sr": np.array(rate, np.int64)}
                feeds = {key: value for key, value in feeds.items() if key in inputs}
                yield f"{rate} Hz, batch {batch}, chunk {chunk}", feeds
                state = session.run(["stateN"], feeds)[0]


def main(name, network, folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(zlib.crc32(name.encode()))
    for number, (case, feeds) in enumerate(cases(name, session, random)):
        os.makedirs(f"{folder}/samples", exist_ok=True)
        np.savez(f"{folder}/samples/{number:02}.npz", **feeds)
        entry = {"case": case, "inputs": [], "outputs": []}
        names = [value.name for value in session.get_outputs()]
        results = dict(zip(names, session.run(names, feeds)))
        for kind, tensors in (("inputs", feeds), ("outputs", results)):
            for position, (tensor, values) in enumerate(tensors.items()):
                file = f"{number}.{kind}.{position}.npy"
                np.save(f"{folder}/{file}", values)
                entry[kind].append({"name": tensor, "file": file})
        print(json.dumps(entry))


main(*sys.argv[1:])
