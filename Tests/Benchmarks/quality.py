#!/usr/bin/env python3
"""INT8 quality beside other quantizers, for Reports/comparison: measures, and writes peers.json and the README's table.

    QTOOL_DATA_ROOT=... Tests/Benchmarks/quality.py PYTHON=PEER[,PEER] ...
    QTOOL_DATA_ROOT=... Tests/Benchmarks/quality.py          # ours only; the peers' figures stay

Each PYTHON is an interpreter with the packages of its PEERs (onnxruntime, modelopt, nncf; they ask for different versions
of onnx) and with Pillow. The default method is taken from Reports/methods/default.json. Runs take some minutes a network.
"""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REPORTS = ROOT / "Reports/comparison"
QTOOL = os.environ.get("QTOOL", str(ROOT / ".build/release/qtool"))
DATA = pathlib.Path(os.environ["QTOOL_DATA_ROOT"])
METHOD = json.loads((ROOT / "Reports/methods/default.json").read_text())["default"]
IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
# Name, data set, calibration samples, and the preprocessing of the recipe of that name.
NETWORKS = [
    ("cifar10_resnet20", "cifar10", 500, {"channels": "rgb", "divide": 255, **IMAGENET}),
    ("mlperf_tiny_resnet8_cifar10", "cifar10", 500, {"channels": "rgb", "mean": 0, "std": 1}),
    ("mlperf_tiny_kws_dscnn", "kws", 200, None),
    ("squeezenet1.1", "imagenet", 200, {
        "channels": "bgr", "resize": {"shorter": 256, "filter": "bilinear"}, "crop": [227, 227],
        "mean": [104, 117, 123], "std": 1}),
    ("efficientnet_lite0", "imagenet", 200, {
        "channels": "rgb", "resize": {"shorter": 256, "filter": "bicubic"}, "crop": [224, 224],
        "mean": 127, "std": 128}),
]
# Our target, the peer, and whether its activations are symmetric.
PAIRS = [
    ("tensorrt", "onnxruntime", True), ("tensorrt", "modelopt", True), ("onnxruntime", "onnxruntime", False),
    ("openvino", "nncf", False),
]


def run(*command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def ours(network, samples, target, floating=()):
    keep = [word for name in floating for word in ("--keep-fp32", f"^{re.escape(name)}$")]
    answer = json.loads(run(
        QTOOL, "compare", "--recipe", ROOT / "Calibration" / f"{network}.yaml", "--precisions", "int8", "--target",
        target, "--sweep", f"method={METHOD}", "--sweep", f"samples={samples}", "--json", "--quiet", *keep))
    row = next(part for part in answer["sections"] if part["id"] == "sweep")["rows"][0]
    return {
        "target": target, "method": row["method"], "floating": list(floating), "sqnr": round(row["sqnr"], 2),
        "flips": row["flips"], "top1_delta": round(row["delta"], 4)}


def peers(network, data, samples, rules, interpreters):
    for python, names in interpreters:
        lines = run(
            python, ROOT / "Tests/Benchmarks/peers.py", DATA / "models" / f"{network}.onnx",
            DATA / "datasets" / data / "calib.csv", DATA / "datasets" / data / "test.csv", samples,
            "none" if rules is None else json.dumps(rules), *names)
        yield from (json.loads(line) for line in lines.splitlines() if line.startswith("{"))


def measure(interpreters, known):
    results = {}
    for network, data, samples, rules in NETWORKS:
        if interpreters:
            found = list(peers(network, data, samples, rules, interpreters))
        else:
            found = known[network]["peers"]
        own = []
        for target, peer, is_symmetric in PAIRS:
            best = best_setting(found, peer, is_symmetric)
            if best:
                own.append({"against": best, **ours(network, samples, target, best["floating"])})
        results[network] = {"samples": samples, "ours": own, "peers": found}
        print(network, file=sys.stderr)
    return results


def best_setting(found, peer, is_symmetric):
    """The setting of the highest ratio."""
    settings = [entry for entry in found if entry["peer"] == peer and entry["symmetric"] == is_symmetric]
    return max(settings, key=lambda entry: entry["sqnr"], default=None)


def table(results):
    """The text for the README."""
    yield "| network | " + " | ".join(
        f"ours, `{target}`{', the same products' if peer == 'modelopt' else ''} | "
        f"{peer}, {'symmetric' if symmetric else 'asymmetric'}" for target, peer, symmetric in PAIRS
    ) + " |"
    yield "|---|" + "---|---|" * len(PAIRS)
    gaps = {pair: [] for pair in PAIRS}
    changed = {pair: [] for pair in PAIRS}
    for network, result in results.items():
        cells = []
        for pair in PAIRS:
            own = next((entry for entry in result["ours"] if is_pair(entry, pair)), None)
            if own is None:
                cells += ["", ""]
                continue
            peer = own["against"]
            gaps[pair].append(own["sqnr"] - peer["sqnr"])
            changed[pair].append((own["flips"], peer["flips"]))
            texts = [f"{entry['sqnr']:.2f} · {entry['flips']}" for entry in (own, peer)]
            winner = int(peer["sqnr"] > own["sqnr"])
            texts[winner] = f"**{texts[winner]}**"
            cells += [texts[0], f"{texts[1]} ({peer['setting']})"]
        yield f"| {network} | " + " | ".join(cells) + " |"
    yield ""
    yield "| ours against | least difference, dB | median, dB | largest, dB | decisions changed by ours | by the peer |"
    yield "|---|--:|--:|--:|--:|--:|"
    for pair in PAIRS:
        if gaps[pair]:
            target, peer, symmetric = pair
            own, other = (sum(counts) for counts in zip(*changed[pair]))
            yield (
                f"| {peer}, {'symmetric' if symmetric else 'asymmetric'} | {min(gaps[pair]):+.2f} | "
                f"{statistics.median(gaps[pair]):+.2f} | {max(gaps[pair]):+.2f} | {own} | {other} |")


def is_pair(own, pair):
    target, peer, symmetric = pair
    return own["target"] == target and own["against"]["peer"] == peer and own["against"]["symmetric"] == symmetric


def main(*words):
    interpreters = [(python, names.split(",")) for python, names in (word.split("=", 1) for word in words)]
    path = REPORTS / "peers.json"
    known = {} if interpreters else json.loads(path.read_text(encoding="utf-8"))
    results = measure(interpreters, known)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    text = "\n".join(table(results))
    readme = REPORTS / "README.md"
    pattern = re.compile(r"(<!-- peers -->\n).*?(<!-- end of peers -->)", re.DOTALL)
    readme.write_text(
        pattern.sub(lambda match: match[1] + text + "\n" + match[2], readme.read_text(encoding="utf-8")), encoding="utf-8")


main(*sys.argv[1:])
