"""INT8 accuracy of other quantizers on a visible test split; Tests/Benchmarks/quality.py makes the report of it.

usage: peers.py NETWORK CALIB.csv TEST.csv COUNT PREPROCESSING [PEER ...]

NETWORK is quantized with the first COUNT samples of CALIB.csv by each PEER (onnxruntime, modelopt, nncf; all where none
is named), run over TEST.csv, and compared with FP32: SQNR of the logits in dB, changed decisions, change of top-1. One
line of JSON for each setting; of modelopt with the products that it leaves in floating point. PREPROCESSING is the JSON
form of a recipe's field, or `none`. A final Softmax is cut off first. No peer corrects biases or recovers accuracy in
another way.
"""

import contextlib
import importlib.metadata
import json
import pathlib
import sys
import tempfile
import types

import numpy as np
import onnx
import onnxruntime as ort

# The reader of samples that the tests use; the script runs when imported, so only its definitions are taken.
decisions = types.SimpleNamespace()
oracle = (pathlib.Path(__file__).parent.parent / "Oracles" / "decisions.py").read_text(encoding="utf-8")
exec(oracle.rsplit("\nmain(", 1)[0], decisions.__dict__)


def inputs(data, count, rules):
    return [
        np.ascontiguousarray((sample if rules is None else decisions.prepare(sample, rules))[None], np.float32)
        for sample in decisions.samples(pathlib.Path(data), count)
    ]


def cut_softmax(model):
    last = next(node for node in model.graph.node if model.graph.output[0].name in node.output)
    if last.op_type == "Softmax":
        model.graph.node.remove(last)
        model.graph.output[0].name = last.input[0]
    return model


def run_ort(path, samples):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: sample})[0] for sample in samples])


def floating_products(original, quantized):
    """The products of the original network whose activation the quantized one does not dequantize, by node or output."""
    makers = {name: node for node in onnx.load(quantized).graph.node for name in node.output}
    kept = []
    for node in onnx.load(original).graph.node:
        if node.op_type in ("Conv", "Gemm", "MatMul"):
            value = makers[node.output[0]].input[0]
            while value in makers and makers[value].op_type in ("Reshape", "Flatten", "Transpose", "MaxPool"):
                value = makers[value].input[0]
            if value not in makers or makers[value].op_type != "DequantizeLinear":
                kept.append(node.name or node.output[0])
    return kept


def report(peer, setting, is_symmetric, reference, found, labels, floating):
    noise = ((reference - found) ** 2).sum(dtype=np.float64)
    sqnr = 10 * np.log10((reference.astype(np.float64) ** 2).sum() / noise)
    flips = int((reference.argmax(1) != found.argmax(1)).sum())
    delta = float((found.argmax(1) == labels).mean() - (reference.argmax(1) == labels).mean())
    package = {"modelopt": "nvidia-modelopt"}.get(peer, peer)
    print(json.dumps({
        "peer": peer, "version": importlib.metadata.version(package), "setting": setting, "symmetric": is_symmetric,
        "sqnr": round(float(sqnr), 2), "flips": flips, "top1_delta": round(delta, 4), "floating": floating}), flush=True)


def onnxruntime_peer(path, calib, test, folder):
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.calibrate import CalibrationDataReader
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.set_range(0, len(calib))

        def __len__(self):
            return len(calib)

        def set_range(self, start_index, end_index):
            self.left = iter(calib[start_index:end_index])

        def get_next(self):
            sample = next(self.left, None)
            return None if sample is None else {name: sample}

    prepared = folder / "prepared.onnx"
    quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
    name = onnx.load(path).graph.input[0].name
    # Its histograms keep every activation of what they are given at once: 12 GB for 200 pictures of 224 x 224.
    stride = {} if calib[0].size < 10_000 else {"CalibStridedMinMax": 10}
    for method in "MinMax", "Percentile", "Entropy":
        for symmetric in False, True:
            out = folder / f"ort-{method}-{symmetric}.onnx"
            # The collectors print as they go.
            with contextlib.redirect_stdout(sys.stderr):
                quantize_static(
                    str(prepared), str(out), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QInt8 if symmetric else QuantType.QUInt8, weight_type=QuantType.QInt8,
                    calibrate_method=CalibrationMethod[method],
                    extra_options={"ActivationSymmetric": symmetric, "CalibPercentile": 99.999} | stride)
            yield method, symmetric, run_ort(out, test), []


def modelopt_peer(path, calib, test, folder):
    with contextlib.redirect_stdout(sys.stderr):
        from modelopt.onnx.quantization import quantize

    for method in "max", "entropy":
        out = folder / f"modelopt-{method}.onnx"
        with contextlib.redirect_stdout(sys.stderr):
            quantize(
                str(path), quantize_mode="int8", calibration_data=np.concatenate(calib), calibration_method=method,
                calibration_eps=["cpu"], high_precision_dtype="fp32", output_path=str(out))
        yield method, True, run_ort(out, test), floating_products(path, out)


def nncf_peer(path, calib, test, folder):
    import nncf
    import openvino as ov

    model = ov.convert_model(str(path))
    with contextlib.redirect_stdout(sys.stderr):
        quantized = nncf.quantize(
            model, nncf.Dataset(calib), preset=nncf.QuantizationPreset.MIXED, subset_size=len(calib),
            fast_bias_correction=False,
            advanced_parameters=nncf.AdvancedQuantizationParameters(
                disable_bias_correction=True, overflow_fix=nncf.OverflowFix.DISABLE,
                activations_range_estimator_params=nncf.quantization.range_estimator.RangeEstimatorParametersSet.MINMAX))
    compiled = ov.compile_model(quantized, "CPU")
    yield "MIXED, MINMAX", False, np.concatenate([compiled(sample)[0] for sample in test]), []


PEERS = {"onnxruntime": onnxruntime_peer, "modelopt": modelopt_peer, "nncf": nncf_peer}


def main(network, calib_csv, test_csv, count, preprocessing, *peers):
    rules = None if preprocessing == "none" else json.loads(preprocessing)
    calib = inputs(calib_csv, int(count), rules)
    test = inputs(test_csv, 10**6, rules)
    labels = np.array([int(line.split(",")[1]) for line in open(test_csv).read().split("\n")[1:] if line])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path = folder / "network.onnx"
        onnx.save(cut_softmax(onnx.load(network)), path)
        reference = run_ort(path, test)
        for peer in peers or PEERS:
            try:
                for setting, is_symmetric, found, floating in PEERS[peer](path, calib, test, folder):
                    report(peer, setting, is_symmetric, reference, found, labels, floating)
            except ImportError as missing:
                print(f"{peer}: not installed ({missing.name})", file=sys.stderr)


main(*sys.argv[1:])
