#!/usr/bin/env python3
"""Measures what `qtool compare` costs beside a bare FP32 pass, and writes the table in Reports/comparison/speed.md.

Every run has a fixed part: reading the network, packing weights, writing the report. So each is timed at two numbers of
samples, and the difference counts:

    passes per sample = 1 + (time with FP32, FP16 and INT8 - time with FP32 alone) / bare FP32 pass

Small test sets are run over and over; labels, metrics, intervals and significance tests are
worked out as ever, layer errors are off. The bare pass is that of `qtool benchmark --exact`: samples in
memory, the same threads, and convolutions summed product by product, as a comparison sums them.
All are wall times, and medians of several rounds, each of which measures everything once, the passes too: a machine's
speed changes in minutes by more than the differences. It should have nothing else to do.

    Scripts/comparison-speed.py [network ...]      all networks without names; rows of others stay as they are

QTOOL_DATA_ROOT names the folder of the evaluation data, QTOOL the program.
"""
import csv
import json
import os
import statistics
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
    "fashion_resnet": 6000,
    "cifar10_resnet20": 5000,
    "mlperf_tiny_resnet8_cifar10": 12000,
    "mlperf_tiny_kws_dscnn": 24000,
    "mnist_lenet_caffe_a": 10000,
    "efficientnet_lite0": 280,
    "squeezenet1.1": 280,
    "fastestdet_coco_352": 288,
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


def resolved(recipe):
    """The recipe's lines, with paths that hold wherever the recipe lies."""
    data_root = os.environ.get("QTOOL_DATA_ROOT", "")
    lines = []
    for line in recipe.read_text().splitlines():
        key, _, value = line.partition(": ")
        if key in ("model", "data", "test", "test_labels"):
            line = f"{key}: {(recipe.parent / value.replace('${data_root}', data_root)).resolve()}"
        lines.append(line)
    return lines


def repeated(recipe, count, folder):
    """A recipe like this one whose test set has `count` samples: the same ones, over and over."""
    lines = resolved(recipe)
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    test = Path(fields["test"])
    given = {"test": test}
    if test.is_dir():
        # Labels lie in another folder under the pictures' names: numbered links to both.
        labels = Path(fields["test_labels"])
        given = {"test": folder / "pictures", "test_labels": folder / "labels"}
        for place in given.values():
            place.mkdir()
        pictures = sorted(path for path in test.iterdir() if path.is_file())
        for index in range(count):
            picture = pictures[index % len(pictures)]
            (given["test"] / f"{index:06}{picture.suffix}").symlink_to(picture)
            label = labels / (picture.stem + ".txt")
            if label.exists():
                (given["test_labels"] / f"{index:06}.txt").symlink_to(label)
    elif test.suffix == ".csv":
        given = {"test": folder / "test.csv"}
        with open(test, newline="") as source:
            header, *rows = list(csv.reader(source))
        place = header.index("file")
        with open(given["test"], "w", newline="") as target:
            writer = csv.writer(target)
            writer.writerow(header)
            for index in range(count):
                row = list(rows[index % len(rows)])
                row[place] = str(test.parent / row[place])
                writer.writerow(row)
    lines = [f"{line.split(': ')[0]}: {given[line.split(': ')[0]]}" if line.split(": ")[0] in given else line
             for line in lines]
    result = folder / "recipe.yaml"
    result.write_text("\n".join(lines) + "\n")
    return result


def measure(name):
    calibration = ROOT / f"Calibration/{name}.cache.json"
    many, few = SAMPLES[name], SAMPLES[name] // 4
    with tempfile.TemporaryDirectory() as folder:
        recipe = repeated(ROOT / f"Calibration/{name}.yaml", many, Path(folder))

        def bare():
            _, text = qtool(
                "benchmark", "--recipe", recipe, "--samples", few, "--rounds", 3, "--threads", THREADS, "--exact",
                "--json")
            return min(json.loads(text)["forward_ms"])

        def slope(precisions):
            seconds = [
                qtool(
                    "compare", "--recipe", recipe, "--samples", count, "--calibration", calibration, "--precisions",
                    precisions, "--threads", THREADS, "--quiet")[0] for count in (few, many)
            ]
            return (seconds[1] - seconds[0]) / (many - few) * 1000

        rounds = []
        for _ in range(ROUNDS):
            before = bare()
            alone, three = slope("fp32"), slope("fp16,int8")
            pass_time = (before + bare()) / 2
            rounds.append((pass_time, alone, three, 1 + (three - alone) / pass_time))
    forward, alone, three, passes = (statistics.median(column) for column in zip(*rounds))
    least, most = min(row[3] for row in rounds), max(row[3] for row in rounds)
    return {
        "samples": [few, many], "bare_ms": forward, "fp32_ms": alone, "three_ms": three, "passes": passes,
        "passes_spread": [least, most],
    }


def table(figures):
    lines = [
        "| network | samples | bare FP32 pass, ms | FP32 alone, ms | FP32, FP16 and INT8, ms | times FP32 alone | passes per sample | least to most |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name in SAMPLES:
        if name in figures:
            row = figures[name]
            least, most = row["passes_spread"]
            lines.append(
                f"| {name} | {row['samples'][0]} to {row['samples'][1]} | {row['bare_ms']:.3f} | {row['fp32_ms']:.3f} "
                f"| {row['three_ms']:.3f} | {row['three_ms'] / row['fp32_ms']:.2f} | {row['passes']:.2f} "
                f"| {least:.2f} to {most:.2f} |")
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
