"""Times qtool's passes beside onnxruntime's bare forward pass, on the same inputs, in the same run.

The machine may be busy with other work, so that times mean little and ratios more: in every round each contender runs
once, in an order that turns from round to round, and a ratio is taken within its round.

onnxruntime counts with the faster of two ways to use the cores: one session with a thread per core, or a session of one
thread per core, each with its share of the samples.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy
import onnxruntime

import made_networks

ROOT = Path(__file__).resolve().parents[2]
QTOOL = ROOT / ".build/release/qtool"
# A recipe, a made network or the token encoder, and how many samples are held: enough for a pass of a tenth of a second
# or more.
NETWORKS = [
    ("resnet50", 6),
    ("resnet18", 12),
    ("mobilenet_v2", 32),
    ("mobilenet_v3_large", 32),
    ("efficientnet_b0", 24),
    ("squeezenet1_1", 32),
    ("minilm", 12),
    ("fashion_resnet", 200),
    ("cifar10_resnet20", 64),
    ("efficientnet_lite0", 32),
    ("squeezenet1.1", 32),
    ("mlperf_tiny_kws_dscnn", 200),
]
# The passes that qtool times, and where its JSON has them.
PASSES = {"forward": "forward_ms", "calibrate, fused": "calibrate_fused_ms", "calibrate, all": "calibrate_ms"}


def data_root():
    """The folder of the evaluation data, or None: QTOOL_DATA_ROOT, else shared/data beside the checkout."""
    named = os.environ.get("QTOOL_DATA_ROOT")
    places = [Path(named)] if named else [parent / "shared/data" for parent in ROOT.parents]
    return next((place for place in places if (place / "models").is_dir()), None)


ENCODER = ROOT / ".venv/networks/minilm.onnx"
TOKENS = 128


def source(name, samples, folder):
    """What tells qtool the network and its samples; made here where they do not exist."""
    if name in made_networks.NETWORKS:
        network, inputs = made_networks.write(name, folder, samples)
        return [str(network), "--data", str(inputs)]
    if name == "minilm":
        return [str(ENCODER), "--data", str(made_networks.write_tokens(folder, samples, TOKENS))]
    return ["--recipe", str(ROOT / f"Calibration/{name}.yaml")]


def qtool(source, samples, threads, environment, *flags):
    """One process of qtool that times each kind of pass once; its JSON."""
    command = [
        str(QTOOL), "benchmark", *source, "--samples", str(samples), "--threads", str(threads), "--rounds", "1",
        "--json", *flags,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr.strip())
    return json.loads(done.stdout)


def feeds(source, first, samples, folder, threads, environment):
    """The samples as onnxruntime takes them."""
    path = Path(source[-1])
    if path.is_dir():
        return [dict(numpy.load(file)) for file in sorted(path.iterdir())]
    inputs = folder / "inputs.npy"
    qtool(source, samples, threads, environment, "--save-inputs", str(inputs))
    name = onnxruntime.InferenceSession(first["network"], providers=["CPUExecutionProvider"]).get_inputs()[0].name
    return [{name: part.copy()} for part in numpy.split(numpy.load(inputs), first["samples"])]


class Peer:
    """onnxruntime with `sessions` sessions of `threads` threads each."""

    def __init__(self, path, sessions, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Waiting threads that spin would take the cores from whoever runs next.
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if threads > 1 else "0")
        self.sessions = [
            onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]) for _ in range(sessions)
        ]

    def milliseconds(self, samples):
        """Wall time of a pass over the samples, per sample."""
        shares = [samples[i :: len(self.sessions)] for i in range(len(self.sessions))]

        def work(session, share):
            for sample in share:
                session.run(None, sample)

        workers = [threading.Thread(target=work, args=pair) for pair in zip(self.sessions, shares)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return (time.perf_counter() - start) * 1000 / len(samples)


def measure(name, count, threads, rounds, environment, folder):
    """The times of every round, in milliseconds per sample, and what qtool says of its kernels."""
    given = source(name, count, folder)
    first = qtool(given, count, threads, environment)
    samples = feeds(given, first, count, folder, threads, environment)
    times = {name: [] for name in PASSES} | {"one session": [], "a session per core": []}
    for round_number in range(rounds):
        turns = ["qtool", "one session", "a session per core"]
        turns = turns[round_number % 3 :] + turns[: round_number % 3]
        for turn in turns:
            if turn == "qtool":
                result = qtool(given, count, threads, environment)
                for name, key in PASSES.items():
                    times[name].append(result[key][0])
                continue
            # Made anew, as qtool is, so that no idle thread of one disturbs the other; one pass to warm up.
            peer = Peer(first["network"], *((1, threads) if turn == "one session" else (threads, 1)))
            peer.milliseconds(samples)
            times[turn].append(peer.milliseconds(samples))
            del peer
    return times, first


def row(recipe, times, samples):
    """Medians, and the median, least and greatest ratio to onnxruntime in the same round."""
    peer = min(("one session", "a session per core"), key=lambda name: statistics.median(times[name]))
    result = {"network": recipe, "samples": samples, "onnxruntime": peer, "times": times}
    for name in PASSES:
        ratios = [ours / theirs for ours, theirs in zip(times[name], times[peer])]
        result[name] = {
            "ms": statistics.median(times[name]), "ratio": statistics.median(ratios), "least": min(ratios),
            "most": max(ratios),
        }
    result["onnxruntime_ms"] = statistics.median(times[peer])
    return result


def table(rows):
    lines = [
        "| network | samples | onnxruntime | " + " | ".join(f"{name} | ratio" for name in PASSES) + " |",
        "|---|---|---" + "|---|---" * len(PASSES) + "|",
    ]
    for entry in rows:
        cells = [entry["network"], str(entry["samples"]), f"{entry['onnxruntime_ms']:.3f} ({entry['onnxruntime']})"]
        for name in PASSES:
            part = entry[name]
            cells += [f"{part['ms']:.3f}", f"**{part['ratio']:.2f}** ({part['least']:.2f} to {part['most']:.2f})"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def is_present(name, root):
    if name == "minilm":
        return ENCODER.exists()
    return name in made_networks.NETWORKS or name == "fashion_resnet" or root is not None


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument(
        "--networks", nargs="*",
        help="names of recipes, of made networks, or minilm; by default every one whose data are present")
    parser.add_argument("--output", default=str(ROOT / "Reports/benchmarks/passes"), help="without .md and .json")
    arguments = parser.parse_args()

    root = data_root()
    if root is None:
        print("no evaluation data: only the bundled network and made ones; set QTOOL_DATA_ROOT to their folder", file=sys.stderr)
    chosen = [
        (name, count) for name, count in NETWORKS
        if (not arguments.networks or name in arguments.networks) and is_present(name, root)
    ]
    as_exported = os.environ | ({"QTOOL_DATA_ROOT": str(root)} if root else {})
    unset = {key: value for key, value in as_exported.items() if key != "OPENBLAS_CORETYPE"}
    exported = as_exported.get("OPENBLAS_CORETYPE")
    settings = [("OPENBLAS_CORETYPE unset", unset)]
    if exported:
        settings.append((f"OPENBLAS_CORETYPE={exported}", as_exported))

    version = subprocess.run([str(QTOOL), "--version"], capture_output=True, text=True).stdout.strip()
    machine = {
        "processor": processor(), "cores": len(os.sched_getaffinity(0)), "threads": arguments.threads,
        "qtool": version, "onnxruntime": onnxruntime.__version__, "numpy": numpy.__version__,
        "python": platform.python_version(),
    }
    report = {"machine": machine, "rounds": arguments.rounds, "runs": []}
    text = [
        "# Passes over samples in memory, beside onnxruntime",
        "",
        f"{machine['processor']}, {machine['cores']} cores, {arguments.threads} threads; qtool {version}, onnxruntime "
        f"{machine['onnxruntime']}. {arguments.rounds} rounds in turns. Milliseconds per sample are medians; a ratio is",
        "taken to onnxruntime's bare forward pass in the same round: median (least to greatest).",
        "`calibrate` observes the tensors that a fused network still has, or all. Made by `make bench`.",
    ]
    for title, environment in settings:
        rows, kernels = [], ""
        for name, count in chosen:
            with tempfile.TemporaryDirectory() as folder:
                times, first = measure(
                    name, count, arguments.threads, arguments.rounds, environment, Path(folder))
            kernels = f"{first['instruction_set']}, {first['blas']}"
            rows.append(row(name, times, first["samples"]))
            print(f"{title}: {table(rows[-1:])[-1]}", file=sys.stderr)
        text += ["", f"## {title}", "", f"Kernels: {kernels}.", "", *table(rows)]
        report["runs"].append({"setting": title, "kernels": kernels, "rows": rows})

    output = Path(arguments.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.with_suffix(".md").write_text("\n".join(text) + "\n")
    output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    print("\n".join(text))


if __name__ == "__main__":
    main()
