#!/usr/bin/env python3
"""Chooses the method that ranges are found with by default, from calibration samples alone, and prints the table.

    QTOOL_DATA_ROOT=... Scripts/default-method.py Reports/methods/default.json > Reports/methods/default.md

Of each network's calibration samples every second one calibrates; the others are run in FP32 and in INT8. No label, no
test sample and no other tool is looked at. The loss of a method on a network, for one target, is how far the
signal-to-noise ratio of the logits lies below that of the method that does best there. The default is the method of the
least mean loss over all networks and targets; the JSON file names it, and a test holds the program to it.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
QTOOL = os.environ.get("QTOOL", str(ROOT / ".build/release/qtool"))
# mnist_lenet_caffe_a is missing: its calibration samples are drawn from its test images.
NETWORKS = [
    "fashion_resnet", "cifar10_resnet20", "mlperf_tiny_resnet8_cifar10", "mlperf_tiny_kws_dscnn", "squeezenet1.1",
    "efficientnet_lite0", "fastestdet_coco_352", "ultraface_slim-320",
]
TARGETS = ["tensorrt", "onnxruntime", "openvino"]
METHODS = ["entropy", "percentile", "mse", "max", "legacy", "mean", "auto"]
# What says how samples become tensors; all else is told here.
KEPT = {"preprocessing"}
MOST_SAMPLES = 1000


def read_recipe(path):
    """The text of each field at the top level of a recipe, by name."""
    fields = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            name = line.split(":", 1)[0]
            fields[name] = ""
        if line and not line.startswith("#"):
            fields[name] += line + "\n"
    return fields


def resolve(field, folder):
    text = field.split(":", 1)[1].strip().replace("${data_root}", os.environ["QTOOL_DATA_ROOT"])
    return (folder / text).resolve()


def calibration_files(data):
    if data.is_dir():
        return sorted(str(path) for path in data.iterdir() if path.suffix in (".jpg", ".png", ".npy"))
    with open(data, newline="", encoding="utf-8") as manifest:
        return [str(data.parent / row["file"]) for row in csv.DictReader(manifest)]


def measure(network, folder):
    """The ratio in decibels and the changed decisions of each target and method, and how many samples there were."""
    recipes = ROOT / "Calibration"
    fields = read_recipe(recipes / f"{network}.yaml")
    files = calibration_files(resolve(fields["data"], recipes))[:MOST_SAMPLES]
    parts = {"calibrate": files[0::2], "measure": files[1::2]}
    for name, part in parts.items():
        (folder / f"{name}.csv").write_text("file\n" + "".join(path + "\n" for path in part), encoding="utf-8")
    (folder / "recipe.yaml").write_text(
        f"model: {resolve(fields['model'], recipes)}\ndata: measure.csv\n"
        + "".join(text for name, text in fields.items() if name in KEPT), encoding="utf-8")
    found = {}
    for target in TARGETS:
        answer = subprocess.run(
            [QTOOL, "compare", "--recipe", folder / "recipe.yaml", "--calibration-data", folder / "calibrate.csv",
             "--precisions", "int8", "--target", target, "--sweep", "method=" + ",".join(METHODS), "--json", "--quiet"],
            check=True, stdout=subprocess.PIPE)
        sweep = next(part for part in json.loads(answer.stdout)["sections"] if part["id"] == "sweep")
        for row in sweep["rows"]:
            found[target, row["method"]] = (row["sqnr"], row["flips"])
    return found, [len(part) for part in parts.values()]


def loss(found, target, method):
    return max(found[target, other][0] for other in METHODS) - found[target, method][0]


def main(output):
    results = {}
    for network in NETWORKS:
        with tempfile.TemporaryDirectory() as folder:
            results[network] = measure(network, pathlib.Path(folder))
        print(network, file=sys.stderr)
    losses = {
        method: [loss(found, target, method) for found, _ in results.values() for target in TARGETS]
        for method in METHODS
    }
    mean = {method: sum(values) / len(values) for method, values in losses.items()}
    chosen = min(METHODS, key=lambda method: mean[method])

    print("# The default method, chosen on calibration samples alone\n")
    print(__doc__.split("\n\n", 2)[2].strip() + "\n")
    print("Each cell: SQNR of the logits in dB, and changed decisions, on the samples held back.")
    for target in TARGETS:
        print(f"\n## `{target}`\n")
        print("| network | calibrated on | measured on | " + " | ".join(METHODS) + " |")
        print("|:--|--:|--:|" + "--:|" * len(METHODS))
        for network, (found, (calibrated, measured)) in results.items():
            best = max(METHODS, key=lambda method: found[target, method][0])
            cells = []
            for method in METHODS:
                ratio, flips = found[target, method]
                text = f"{ratio:.2f} · {flips}"
                cells.append(f"**{text}**" if method == best else text)
            print(f"| {network} | {calibrated} | {measured} | " + " | ".join(cells) + " |")
    print("\n## Loss against the best method, in dB\n")
    print("| | " + " | ".join(METHODS) + " |\n|:--|" + "--:|" * len(METHODS))
    print("| mean | " + " | ".join(f"{mean[method]:.2f}" for method in METHODS) + " |")
    print("| largest | " + " | ".join(f"{max(losses[method]):.2f}" for method in METHODS) + " |")
    flips = [sum(found[target, method][1] for found, _ in results.values() for target in TARGETS) for method in METHODS]
    print("| decisions changed, in all | " + " | ".join(map(str, flips)) + " |")
    print(f"\nThe default is **{chosen}**.")
    pathlib.Path(output).write_text(
        json.dumps({"default": chosen, "mean_loss_db": {m: round(mean[m], 3) for m in METHODS}}, indent=2) + "\n",
        encoding="utf-8")


main(*sys.argv[1:])
