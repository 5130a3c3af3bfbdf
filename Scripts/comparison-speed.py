#!/usr/bin/env python3
"""Measures what `qtool compare` costs beside a bare FP32 pass, and writes the table in Reports/comparison/speed.md.

Every run has a fixed part: reading the network, packing weights, writing the report. So each is timed at two numbers of
samples, and the difference counts:

    passes per sample = 1 + (time with FP32, FP16 and INT8 - time with FP32 alone) / bare FP32 pass

The test set stands in the manifest as often as it takes to last; labels, metrics, intervals and significance tests are
worked out as ever, layer errors are off. The bare pass is `qtool benchmark`'s: the same samples in memory, the same
threads. All are wall times, the least of several; the machine should have nothing else to do.

    Scripts/comparison-speed.py [network ...]      all networks without names; rows of others stay as they are

QTOOL_DATA_ROOT names the folder of the evaluation data, QTOOL the program.
"""
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QTOOL = os.environ.get("QTOOL", str(ROOT / ".build/release/qtool"))
REPORT = ROOT / "Reports/comparison/speed.md"
FIGURES = ROOT / "Reports/comparison/speed.json"
THREADS = 2
ROUNDS = 5

# The samples of the longer run: some two seconds' work.
SAMPLES = {
    "fashion_resnet": 4000,
    "cifar10_resnet20": 2000,
    "mlperf_tiny_resnet8_cifar10": 4000,
    "mlperf_tiny_kws_dscnn": 8000,
    "mnist_lenet_caffe_a": 8000,
    "efficientnet_lite0": 280,
    "squeezenet1.1": 280,
    "fastestdet_coco_352": 192,
}


def environment():
    kept = dict(os.environ)
    # Half the speed where it names an older processor.
    kept.pop("OPENBLAS_CORETYPE", None)
    return kept


def qtool(*arguments):
    started = time.perf_counter()
    done = subprocess.run([QTOOL, *map(str, arguments)], env=environment(), capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"qtool {' '.join(map(str, arguments))}: {done.stderr}")
    return time.perf_counter() - started, done.stdout


def field(recipe, name):
    for line in recipe.read_text().splitlines():
        if line.startswith(name + ":"):
            value = line.split(":", 1)[1].strip().replace("${data_root}", os.environ.get("QTOOL_DATA_ROOT", ""))
            return (recipe.parent / value).resolve()
    return None


def repeated(recipe, count, folder):
    """The test set, over and over, as arguments of `qtool compare`."""
    test = field(recipe, "test")
    if test.is_dir():
        # Labels lie beside the pictures by name: links, numbered.
        pictures = sorted(p for p in test.iterdir() if p.is_file())
        labels = field(recipe, "test_labels")
        (folder / "pictures").mkdir()
        (folder / "labels").mkdir()
        for index in range(count):
            picture = pictures[index % len(pictures)]
            (folder / "pictures" / f"{index:06}{picture.suffix}").symlink_to(picture)
            label = labels / (picture.stem + ".txt")
            if label.exists():
                (folder / "labels" / f"{index:06}.txt").symlink_to(label)
        return ["--data", folder / "pictures", "--labels", folder / "labels"]
    with open(test, newline="") as source:
        header, *rows = list(csv.reader(source))
    place = header.index("file")
    with open(folder / "test.csv", "w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header)
        for index in range(count):
            row = list(rows[index % len(rows)])
            row[place] = str(test.parent / row[place])
            writer.writerow(row)
    return ["--data", folder / "test.csv"]


def measure(name):
    recipe = ROOT / f"Calibration/{name}.yaml"
    calibration = ROOT / f"Calibration/{name}.cache.json"
    many, few = SAMPLES[name], SAMPLES[name] // 4
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        data = repeated(recipe, many, folder)
        least = {}
        forward = []
        for _ in range(ROUNDS):
            _, text = qtool(
                "benchmark", "--recipe", recipe, *data[:2], "--samples", few, "--rounds", 3, "--threads", THREADS, "--json")
            forward += json.loads(text)["forward_ms"]
            for precisions in ("fp32", "fp16,int8"):
                for count in (few, many):
                    seconds, _ = qtool(
                        "compare", "--recipe", recipe, *data, "--samples", count, "--calibration", calibration,
                        "--precisions", precisions, "--threads", THREADS, "--quiet")
                    least[precisions, count] = min(seconds, least.get((precisions, count), seconds))
    slope = lambda precisions: (least[precisions, many] - least[precisions, few]) / (many - few) * 1000
    alone, three, bare = slope("fp32"), slope("fp16,int8"), min(forward)
    return {
        "samples": [few, many], "bare_ms": bare, "fp32_ms": alone, "three_ms": three,
        "passes": 1 + (three - alone) / bare,
    }


def table(figures):
    lines = [
        "| network | samples | bare FP32 pass, ms | FP32 alone, ms | FP32, FP16 and INT8, ms | times FP32 alone | passes per sample |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in SAMPLES:
        if name in figures:
            row = figures[name]
            lines.append(
                f"| {name} | {row['samples'][0]} to {row['samples'][1]} | {row['bare_ms']:.3f} | {row['fp32_ms']:.3f} "
                f"| {row['three_ms']:.3f} | {row['three_ms'] / row['fp32_ms']:.2f} | {row['passes']:.2f} |")
    return "\n".join(lines)


def main():
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    for name in sys.argv[1:] or SAMPLES:
        if name != "fashion_resnet" and not os.environ.get("QTOOL_DATA_ROOT"):
            print(f"skipped {name}: QTOOL_DATA_ROOT names no folder", file=sys.stderr)
            continue
        figures[name] = measure(name)
        print(name, json.dumps(figures[name]), file=sys.stderr)
    FIGURES.write_text(json.dumps({name: figures[name] for name in SAMPLES if name in figures}, indent=1) + "\n")
    REPORT.write_text(f"# What comparing costs\n\n{__doc__.split(chr(10), 2)[2].strip()}\n\n{table(figures)}\n")


if __name__ == "__main__":
    main()
