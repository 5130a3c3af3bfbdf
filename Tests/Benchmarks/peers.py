"""INT8 accuracy of other quantizers on the visible test splits, for Reports/comparison/peers.md.

usage: peers.py NETWORK CALIB.csv TEST.csv COUNT PREPROCESSING

NETWORK is quantized with the first COUNT samples of CALIB.csv by each peer that is installed, run over TEST.csv, and
compared with FP32: SQNR of the logits in dB, changed decisions, change of top-1. PREPROCESSING is the JSON form of a
recipe's field. A final Softmax is cut off first.
"""

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
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: sample})[0] for sample in samples])


def report(label, reference, found, labels):
    noise = ((reference - found) ** 2).sum(dtype=np.float64)
    sqnr = 10 * np.log10((reference.astype(np.float64) ** 2).sum() / noise)
    flips = int((reference.argmax(1) != found.argmax(1)).sum())
    delta = float((found.argmax(1) == labels).mean() - (reference.argmax(1) == labels).mean())
    print(f"{label}: {sqnr:.2f} dB, {flips} flips, top-1 {delta:+.4f}", flush=True)


def onnxruntime_peers(path, calib, folder):
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.calibrate import CalibrationDataReader
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.left = iter(calib)

        def get_next(self):
            sample = next(self.left, None)
            return None if sample is None else {name: sample}

    prepared = folder / "prepared.onnx"
    quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
    name = onnx.load(path).graph.input[0].name
    # Its histograms keep every activation of every sample: 12 GB for 200 pictures of 224 x 224.
    for method in ("MinMax", "Percentile") if calib[0].size < 10_000 else ("MinMax",):
        for symmetric in (False, True):
            out = folder / f"ort-{method}-{symmetric}.onnx"
            quantize_static(
                str(prepared), str(out), Reader(), quant_format=QuantFormat.QDQ, per_channel=True,
                activation_type=QuantType.QInt8 if symmetric else QuantType.QUInt8, weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod[method],
                extra_options={"ActivationSymmetric": symmetric, "CalibPercentile": 99.999})
            yield f"onnxruntime {method} {'symmetric' if symmetric else 'asymmetric'}", out


def nncf_peer(path, calib, test):
    import nncf
    import openvino as ov

    model = ov.convert_model(str(path))
    quantized = nncf.quantize(
        model, nncf.Dataset(calib), preset=nncf.QuantizationPreset.MIXED, subset_size=len(calib),
        fast_bias_correction=False,
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            disable_bias_correction=True, overflow_fix=nncf.OverflowFix.DISABLE,
            activations_range_estimator_params=nncf.quantization.range_estimator.RangeEstimatorParametersSet.MINMAX))
    compiled = ov.compile_model(quantized, "CPU")
    return np.concatenate([compiled(sample)[0] for sample in test])


def main(network, calib_csv, test_csv, count, preprocessing):
    rules = None if preprocessing == "none" else json.loads(preprocessing)
    calib = inputs(calib_csv, int(count), rules)
    test = inputs(test_csv, 10**6, rules)
    labels = np.array([int(line.split(",")[1]) for line in open(test_csv).read().split("\n")[1:] if line])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path = folder / "network.onnx"
        onnx.save(cut_softmax(onnx.load(network)), path)
        reference = run_ort(path, test)
        for label, out in onnxruntime_peers(path, calib, folder):
            report(label, reference, run_ort(out, test), labels)
        try:
            report("NNCF MIXED, no bias correction", reference, nncf_peer(path, calib, test), labels)
        except ImportError as missing:
            print(f"NNCF: not installed ({missing.name})")


main(*sys.argv[1:])
