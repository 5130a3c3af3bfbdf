"""Runs exported 16-bit networks through torch's kernels on a GPU and prints which decisions flip.

usage: gpu_flips.py CASE.npz... > flips.json

Needs NumPy and torch only; gpu_case.py makes the cases. Every operator of the file is one call of torch in the file's type,
so that each result is stored in 16 bits; TF32 is off, and sums are added in FP32, as cuDNN and cuBLAS do of their own accord
where half-precision reductions are not allowed. Prints for each case and type: the samples whose largest output is another
than in FP32, the SQNR of the outputs in decibels, and with a Conv's bias either `apart` (as torch calls cuDNN: the sum is
rounded, the bias added, the result rounded again) or `within` (the bias is one more product of the sum, and all is rounded
once, as ONNX says and as engine builders fuse it).
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

TYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16, "float": torch.float32}
CODES = {1: torch.float32, 10: torch.float16, 16: torch.bfloat16}


def loaded(arrays, key, kind, device):
    values = arrays[key]
    if kind in ("float16", "bfloat16"):
        return torch.from_numpy(values.view(np.int16).copy()).to(device).view(TYPES[kind])
    return torch.from_numpy(np.array(values)).to(device)


def pads_of(attributes, rank):
    return attributes.get("pads", [0] * (2 * rank))


def padded(x, pads, value=0.0):
    """`x` with ONNX's pads (all begins, then all ends) around its last axes."""
    rank = len(pads) // 2
    order = [pads[i + side * rank] for i in reversed(range(rank)) for side in (0, 1)]
    return F.pad(x, order, value=value) if any(order) else x


def conv(inputs, a, bias_is_within):
    x, w = inputs[0], inputs[1]
    b = inputs[2] if len(inputs) > 2 else None
    x = padded(x, pads_of(a, w.dim() - 2))
    groups = a.get("group", 1)
    options = {"stride": a.get("strides", 1), "dilation": a.get("dilations", 1), "groups": groups}
    if b is None or not bias_is_within or x.dtype == torch.float32:
        return F.conv2d(x, w, b, **options)
    # One more channel of ones for each group, whose weight is the bias at one place of the window.
    n, c, h, width = x.shape
    x = torch.cat([x.reshape(n, groups, c // groups, h, width), x.new_ones(n, groups, 1, h, width)], 2).flatten(1, 2)
    extra = w.new_zeros(w.shape[0], 1, *w.shape[2:])
    extra[:, 0, 0, 0] = b
    return F.conv2d(x, torch.cat([w, extra], 1), None, **options)


def pool(x, a, average):
    pads = pads_of(a, 2)
    if average:
        assert not any(pads), "an average pool with pads"
        return F.avg_pool2d(x, a["kernel_shape"], a.get("strides", 1), ceil_mode=bool(a.get("ceil_mode", 0)))
    x = padded(x, pads, float("-inf"))
    return F.max_pool2d(x, a["kernel_shape"], a.get("strides", 1), ceil_mode=bool(a.get("ceil_mode", 0)))


def slices(inputs):
    x, starts, ends = inputs[0], inputs[1].tolist(), inputs[2].tolist()
    axes = inputs[3].tolist() if len(inputs) > 3 else range(len(starts))
    steps = inputs[4].tolist() if len(inputs) > 4 else [1] * len(starts)
    index = [slice(None)] * x.dim()
    for axis, start, end, step in zip(axes, starts, ends, steps):
        index[axis] = slice(start, min(end, 2**31), step)
    return x[tuple(index)]


def run(kind, inputs, a, bias_is_within):
    x = inputs[0]
    if kind == "Conv":
        return conv(inputs, a, bias_is_within)
    if kind == "Gemm":
        w = inputs[1] if a.get("transB", 0) else inputs[1].T
        return F.linear(x, w.contiguous(), inputs[2] if len(inputs) > 2 else None)
    if kind == "MatMul":
        return x @ inputs[1]
    if kind == "Add":
        return x + inputs[1]
    if kind == "Relu":
        return x.relu()
    if kind == "Clip":
        return x.clamp(inputs[1], inputs[2])
    if kind == "MaxPool":
        return pool(x, a, average=False)
    if kind == "AveragePool":
        return pool(x, a, average=True)
    if kind == "GlobalAveragePool":
        return x.mean((2, 3), keepdim=True)
    if kind == "Concat":
        return torch.cat(inputs, a["axis"])
    if kind == "Flatten":
        return x.flatten(a.get("axis", 1))
    if kind == "Reshape":
        return x.reshape([x.shape[i] if extent == 0 else extent for i, extent in enumerate(inputs[1].tolist())])
    if kind == "Slice":
        return slices(inputs)
    if kind == "Pad":
        return padded(x, inputs[1].tolist(), float(inputs[2]) if len(inputs) > 2 else 0.0)
    if kind == "Cast":
        return x.to(CODES[a["to"]])
    if kind == "Softmax":
        return x.softmax(a.get("axis", -1))
    raise ValueError(f"operator {kind}: not among those that this script runs")


def outputs(graph, arrays, samples, device, bias_is_within):
    constants = {name: loaded(arrays, key, kind, device) for name, (key, kind) in graph["constants"].items()}
    results = []
    for start in range(0, len(samples), 50):
        values = dict(constants)
        values[graph["input"]] = torch.from_numpy(samples[start : start + 50]).to(device)
        for kind, inputs, names, attributes in graph["nodes"]:
            values[names[0]] = run(kind, [values[name] for name in inputs if name], attributes, bias_is_within)
        results.append(values[graph["output"]].float().cpu().numpy())
    return np.concatenate(results)


def main(paths):
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.backends.cudnn.deterministic = True
    device = "cuda" if torch.cuda.is_available() else "cpu"
    result = {
        "device": torch.cuda.get_device_name() if device == "cuda" else "cpu",
        "torch": torch.__version__,
        "cudnn": torch.backends.cudnn.version(),
        "cases": [],
    }
    with torch.no_grad():
        for path in paths:
            arrays = dict(np.load(path))
            words = json.loads(str(arrays["words"]))
            rules = words["rules"]
            mean, std = (np.asarray(rules[key], np.float32).reshape(-1, 1, 1) for key in ("mean", "std"))
            samples = (arrays["pixels"].astype(np.float32) / np.float32(rules["divide"]) - mean) / std
            full = outputs(words["graphs"]["fp32"], arrays, samples, device, False)
            for half in ("bf16", "fp16"):
                for bias in ("apart", "within"):
                    low = outputs(words["graphs"][half], arrays, samples, device, bias == "within")
                    noise = float(((low.astype(np.float64) - full) ** 2).sum())
                    result["cases"].append({
                        "network": words["name"], "type": half, "bias": bias, "samples": len(samples),
                        "decibels": round(10 * np.log10(float((full.astype(np.float64) ** 2).sum()) / noise), 2),
                        "flips": np.nonzero(low.argmax(1) != full.argmax(1))[0].tolist(),
                    })  # fmt: skip
    json.dump(result, sys.stdout)
    print()


main(sys.argv[1:])
