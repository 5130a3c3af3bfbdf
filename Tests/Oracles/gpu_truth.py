"""What 16 bits did to a network on a GPU: prints one line of JSON.

Usage: gpu_truth.py RECORD.npz, with arrays fp32, fp16, bf16 (outputs by sample) and TYPE_layer_sqnr_db (JSON by tensor).
       gpu_truth.py --measure MODEL.onnx MANIFEST.csv COUNT, on a machine with a GPU and PyTorch: the first COUNT images of
       the bundled set through a network of convolutions, every operator's output stored in the low type.
"""
import csv
import json
import os
import sys

import numpy as np


def decibels(wide, narrow):
    wide = wide.astype(float)
    return round(float(10 * np.log10((wide**2).sum() / ((wide - narrow) ** 2).sum())), 3)


def summary(wide, narrow, layers):
    flips = int((wide.argmax(1) != narrow.argmax(1)).sum())
    return {"samples": len(wide), "decibels": decibels(wide, narrow), "flips": flips, "layers": layers}


def recorded(path):
    record = np.load(path)
    return {
        name: summary(record["fp32"], record[name], json.loads(str(record[f"{name}_layer_sqnr_db"])))
        for name in ["fp16", "bf16"]
    }


def images(manifest, count):
    from PIL import Image

    folder = os.path.dirname(manifest)
    names = [row["file"] for row in csv.DictReader(open(manifest))][:count]
    pixels = [np.asarray(Image.open(os.path.join(folder, name)).convert("L"), np.float32) for name in names]
    return ((np.stack(pixels) / np.float32(255) - np.float32(0.286)) / np.float32(0.353))[:, None]


def run(graph, inputs, dtype):
    """Every tensor of the network by name, computed in `dtype` on the GPU."""
    import onnx
    import torch
    import torch.nn.functional as F

    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    upload = lambda array: torch.tensor(array).cuda().to(dtype)
    values = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
    values = {k: upload(v) if v.dtype == np.float32 else v for k, v in values.items()}
    values[graph.input[0].name] = upload(inputs)
    results = {}
    for node in graph.node:
        flags = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        x, a, b, c, d = ([values[name] if name else None for name in node.input] + [None] * 5)[:5]
        if node.op_type == "Conv":
            top, left, bottom, right = flags["pads"]
            padded = F.pad(x, (left, right, top, bottom))
            y = F.conv2d(padded, a, b, stride=flags["strides"], groups=flags["group"])
        elif node.op_type == "BatchNormalization":
            y = F.batch_norm(x, c, d, a, b, eps=flags["epsilon"])
        elif node.op_type == "Relu":
            y = x.relu()
        elif node.op_type == "Clip":
            y = x.clamp(float(a), float(b))
        elif node.op_type == "Add":
            y = x + a
        elif node.op_type == "GlobalAveragePool":
            y = x.mean((2, 3), keepdim=True)
        elif node.op_type == "Flatten":
            y = x.flatten(1)
        elif node.op_type == "Gemm" and flags.get("transB") == 1:
            y = F.linear(x, a, b)
        else:
            raise SystemExit(f"{node.name}: no rule for {node.op_type}")
        values[node.output[0]] = y
        results[node.output[0]] = y.float().cpu().numpy()
    return results


def measured(model, manifest, count):
    import onnx
    import torch

    graph = onnx.load(model).graph
    inputs = images(manifest, count)
    output = graph.output[0].name
    wide = run(graph, inputs, torch.float32)
    result = {}
    for name, dtype in [("fp16", torch.float16), ("bf16", torch.bfloat16)]:
        narrow = run(graph, inputs, dtype)
        layers = {tensor: decibels(wide[tensor][:16], narrow[tensor][:16]) for tensor in narrow}
        result[name] = summary(wide[output], narrow[output], layers)
    return result


if sys.argv[1] == "--measure":
    print(json.dumps(measured(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
else:
    print(json.dumps(recorded(sys.argv[1])))
