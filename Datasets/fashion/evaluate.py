"""Measures the bundled network with onnxruntime and writes measured.json.

    python3 evaluate.py [--source FOLDER] [--out FILE]

Needs onnxruntime, onnx and pillow; see requirements.txt. Fails if the network's own metadata claims another accuracy.
"""

import argparse
import csv
import hashlib
import json
import math
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from PIL import Image

import fashion_mnist
from conditions import CONDITIONS

HERE = Path(__file__).parent
NETWORK = HERE / "fashion_resnet.onnx"


class Network:
    """The bundled network in float32, on one thread."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(NETWORK), options, providers=["CPUExecutionProvider"])

    def right(self, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """For each of `images`, uint8 [n, 28, 28], whether its class has the largest logit; bool [n]."""
        scaled = images[:, np.newaxis].astype(np.float32) / np.float32(255)
        inputs = (scaled - np.float32(fashion_mnist.MEAN)) / np.float32(fashion_mnist.STD)
        logits = [self.session.run(["logits"], {"input": inputs[i : i + 500]})[0] for i in range(0, len(inputs), 500)]
        return np.concatenate(logits).argmax(axis=1) == labels


def summary(right: np.ndarray) -> dict:
    return {"right": int(right.sum()), "of": len(right), "top1": round(float(right.mean()), 4)}


def bundled(manifest: str) -> tuple[np.ndarray, list[dict]]:
    """The images of a manifest, uint8 [n, 28, 28], and its rows."""
    with (HERE / manifest).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return np.stack([np.asarray(Image.open(HERE / row["file"])) for row in rows]), rows


def labels_of(rows: list[dict]) -> np.ndarray:
    return np.array([int(row["label"]) for row in rows])


def by_condition(right: np.ndarray, rows: list[dict]) -> dict:
    of = np.array([row["condition"] for row in rows])
    return {"all": summary(right)} | {name: summary(right[of == name]) for name in CONDITIONS}


def measure(source: Path) -> dict:
    network = Network()
    train_images, train_labels = fashion_mnist.load(source, "train")
    validation = fashion_mnist.split_training(train_labels).validation
    images, labels = fashion_mnist.load(source, "t10k")
    calibration, calibration_rows = bundled("calib.csv")
    test, rows = bundled("test.csv")
    originals = images[[int(Path(row["file"]).stem) for row in rows]]
    return {
        "test_10000": summary(network.right(images, labels)),
        "validation": summary(network.right(train_images[validation], train_labels[validation])),
        "calib": summary(network.right(calibration, labels_of(calibration_rows))),
        "test": by_condition(network.right(test, labels_of(rows)), rows),
        "test_before_degradation": by_condition(network.right(originals, labels_of(rows)), rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the bundled network with onnxruntime.")
    parser.add_argument("--source", type=Path, default=fashion_mnist.DEFAULT_SOURCE, help="folder of the idx.gz files")
    parser.add_argument("--out", type=Path, default=HERE / "measured.json")
    arguments = parser.parse_args()

    model = onnx.load(str(NETWORK))
    report = {
        "network": {
            "file": NETWORK.name,
            "sha256": hashlib.sha256(NETWORK.read_bytes()).hexdigest(),
            "initializer_values": sum(math.prod(item.dims) for item in model.graph.initializer),
        },
        "runtime": f"onnxruntime {onnxruntime.__version__}, CPU, float32",
        **measure(arguments.source),
    }
    text = json.dumps(report, indent=2) + "\n"
    print(text, end="")
    claimed = {item.key: item.value for item in model.metadata_props}["test_top1"]
    measured = f"{report['test_10000']['right']}/{report['test_10000']['of']}"
    if claimed != measured:
        sys.exit(
            f"evaluate: {NETWORK.name}: expected its metadata's {claimed} right, found {measured}; export it again"
        )
    arguments.out.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    try:
        main()
    except (fashion_mnist.SourceError, OSError) as error:
        sys.exit(f"evaluate: {error}")
