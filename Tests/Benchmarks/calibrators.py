"""Times `qtool calibrate` beside onnxruntime's own calibrators: the same samples, the same tensors, a thread per core.

Each calibration is a process of its own, so that its peak memory is known. qtool's wall time is its whole process, from
its start to the written cache; onnxruntime's starts when Python has imported it and ends with the computed ranges.
onnxruntime's histogram calibrators keep every activation of every sample: the number of samples is what memory allows.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import benchmark
import made_networks

# A made network, and how many samples: what onnxruntime can hold in some 8 GB.
NETWORKS = [("resnet50", 16), ("mobilenet_v2", 16)]
# What the row says; onnxruntime's method and options beside its defaults; qtool's method. onnxruntime's entropy search has
# 128 bins by default, no more than levels, so that its one candidate is the whole range; qtool searches TensorRT's 2048.
METHODS = {
    "Entropy, 2048 bins": ("Entropy", {"num_bins": 2048}, "entropy"),
    "Entropy": ("Entropy", {}, "entropy"),
    "Percentile": ("Percentile", {}, "percentile"),
    "MinMax": ("MinMax", {}, "max"),
}


def calibrate_with_onnxruntime(title, network, inputs, samples, folder):
    """What the child process does: prints its seconds and how many tensors it ranged."""
    import numpy
    from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, create_calibrator

    class Reader(CalibrationDataReader):
        def __init__(self, values):
            self.samples = iter(values[:, None])

        def get_next(self):
            sample = next(self.samples, None)
            return None if sample is None else {"input": sample}

    method, options, _ = METHODS[title]
    values = numpy.load(inputs)[:samples]
    started = time.perf_counter()
    calibrator = create_calibrator(
        network, None, augmented_model_path=str(Path(folder) / "augmented.onnx"),
        calibrate_method=CalibrationMethod[method], extra_options=options)
    calibrator.collect_data(Reader(values))
    ranges = calibrator.compute_data()
    print(json.dumps({"seconds": time.perf_counter() - started, "tensors": len(ranges.data)}))


def timed(command, environment):
    """Wall seconds, peak memory in MiB, and standard output of a process."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, env=environment, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        # Popen must not wait for a process that is gone.
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit code {process.returncode}")
        output.seek(0)
        return seconds, usage.ru_maxrss / 1024, output.read()


def qtool(network, inputs, samples, method, scope, folder, environment):
    cache = Path(folder) / f"{method}-{scope}.cache"
    seconds, memory, _ = timed(
        [str(benchmark.QTOOL), "calibrate", network, "--data", inputs, "--samples", str(samples), "--method", method,
         "--observe", scope, "-o", str(cache), "--quiet"], environment)
    record = json.loads(cache.with_name(cache.name + ".json").read_text())
    return {"seconds": seconds, "mebibytes": memory, "tensors": len(record["tensors"])}


def peer(network, inputs, samples, title, folder, environment):
    _, memory, text = timed(
        [sys.executable, __file__, "--peer", title, network, inputs, str(samples), folder], environment)
    result = json.loads(text.splitlines()[-1])
    return {"seconds": result["seconds"], "mebibytes": memory, "tensors": result["tensors"]}


def measure(name, samples, rounds, environment, folder):
    """One row per method: qtool runs before and after onnxruntime in every round."""
    # A process begins with the peak of the one that starts it, so this one must stay small: another makes the network.
    made = subprocess.run(
        [sys.executable, __file__, "--make", name, folder, str(samples)], check=True, capture_output=True, text=True)
    network, inputs = made.stdout.split("\n")[:2]
    rows = []
    for title, (_, _, ours) in METHODS.items():
        runs = {"qtool": [], "qtool, fused": [], "onnxruntime": []}
        for _ in range(rounds):
            runs["qtool"].append(qtool(network, inputs, samples, ours, "all", folder, environment))
            runs["onnxruntime"].append(peer(network, inputs, samples, title, folder, environment))
            runs["qtool"].append(qtool(network, inputs, samples, ours, "all", folder, environment))
            runs["qtool, fused"].append(qtool(network, inputs, samples, ours, "fused", folder, environment))
        rows.append({"network": name, "samples": samples, "method": title, "runs": runs})
        print(line(rows[-1]), file=sys.stderr)
    return rows


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def line(row):
    runs = row["runs"]
    ours, theirs, fused = runs["qtool"], runs["onnxruntime"], runs["qtool, fused"]
    ratio = median(theirs, "seconds") / median(ours, "seconds")
    cells = [
        row["network"], str(row["samples"]), row["method"], f"{theirs[0]['tensors']}",
        f"{median(theirs, 'seconds'):.2f} s", f"{median(theirs, 'mebibytes'):,.0f} MiB", f"{ours[0]['tensors']}",
        f"{median(ours, 'seconds'):.2f} s", f"{median(ours, 'mebibytes'):,.0f} MiB", f"**{ratio:.1f}**",
        f"{median(fused, 'seconds'):.2f} s",
    ]
    return "| " + " | ".join(cells) + " |"


def main():
    if len(sys.argv) > 1 and sys.argv[1] == "--peer":
        title, network, inputs, samples, folder = sys.argv[2:]
        return calibrate_with_onnxruntime(title, network, inputs, int(samples), folder)
    if len(sys.argv) > 1 and sys.argv[1] == "--make":
        name, folder, samples = sys.argv[2:]
        return print(*made_networks.write(name, Path(folder), int(samples)), sep="\n")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--samples", type=int, help="instead of the number that each network has")
    parser.add_argument("--networks", nargs="*", choices=[name for name, _ in NETWORKS])
    parser.add_argument(
        "--output", default=str(benchmark.ROOT / "Reports/benchmarks/calibrators"), help="without .md and .json")
    arguments = parser.parse_args()

    environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
    rows = []
    for name, samples in NETWORKS:
        if arguments.networks and name not in arguments.networks:
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(
                name, arguments.samples or samples, arguments.rounds, environment, folder)

    version = subprocess.run([str(benchmark.QTOOL), "--version"], capture_output=True, text=True).stdout.strip()
    machine = {
        "processor": benchmark.processor(), "cores": len(os.sched_getaffinity(0)),
        "qtool": version, "onnxruntime": benchmark.onnxruntime.__version__, "python": platform.python_version(),
    }
    text = [
        "# Whole calibrations, beside onnxruntime's own calibrators",
        "",
        f"{machine['processor']}, {machine['cores']} cores; qtool {version}, onnxruntime "
        f"{machine['onnxruntime']}; OPENBLAS_CORETYPE unset. Made by `make bench-calibrators`.",
        "The same samples from one file, every tensor observed. qtool's time is its whole process, from its start to the written",
        "cache; onnxruntime's begins when Python has imported it. `ratio` is onnxruntime's time by qtool's. onnxruntime's settings",
        "are its defaults but for the bins that a row names: by default its entropy search has one candidate, the whole range.",
        "Tensors are those that get a range. Memory is the process's peak: onnxruntime's histogram calibrators keep every",
        "activation of every sample, so that theirs grows with the samples.",
        "",
        "| network | samples | method | onnxruntime: tensors | time | peak | qtool: tensors | time | peak | ratio "
        "| qtool, `--observe fused` |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *map(line, rows),
    ]
    output = Path(arguments.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.with_suffix(".md").write_text("\n".join(text) + "\n")
    report = {"machine": machine, "rounds": arguments.rounds, "rows": rows}
    output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    print("\n".join(text))


if __name__ == "__main__":
    main()
