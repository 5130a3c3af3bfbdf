"""Writes a sentence encoder (BERT, 6 layers) as ONNX from its weights, in the primitive operators of torch's exporter.

usage: export_minilm.py WEIGHTS.safetensors NETWORK.onnx

The formats: https://huggingface.co/docs/safetensors, Devlin et al. 2018 (arXiv:1810.04805). The script ends with an
error where the network, run by onnxruntime, differs from the same arithmetic in numpy.
"""

import json
import math
import struct
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, WIDTH = 6, 12, 384
EPSILON = 1e-12
# Added to the scores of what is masked: the least float32, as torch's exporter writes it.
MASKED = float(np.finfo(np.float32).min)


def read_safetensors(path):
    """The arrays of a file: a length, a JSON header, then their bytes."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    types = {"F32": np.float32, "I64": np.int64}
    arrays = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        first, last = entry["data_offsets"]
        values = np.frombuffer(data[8 + length + first : 8 + length + last], types[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"])
    return arrays


class Graph:
    """Nodes and constants in the order they are added; every call answers the name of what it made."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.initializers = {}

    def constant(self, name, array):
        self.initializers[name] = numpy_helper.from_array(np.array(array, order="C"), name)
        return name

    def number(self, value):
        return self.constant(f"number_{value!r}", np.array(value, np.float32))

    def ints(self, *values):
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, np.int64))

    def weight(self, name, transposed=False):
        array = self.weights[name]
        return self.constant(name + ".T", array.T) if transposed else self.constant(name, array)

    def op(self, op_type, output, *inputs, **attributes):
        name = f"/{output}/{op_type}"
        self.nodes.append(helper.make_node(op_type, list(inputs), [output], name=name, **attributes))
        return output

    def linear(self, prefix, x):
        product = self.op("MatMul", f"{prefix}.product", x, self.weight(f"{prefix}.weight", transposed=True))
        return self.op("Add", f"{prefix}.output", self.weight(f"{prefix}.bias"), product)

    def layer_norm(self, prefix, x):
        mean = self.op("ReduceMean", f"{prefix}.mean", x, axes=[-1])
        centred = self.op("Sub", f"{prefix}.centred", x, mean)
        square = self.op("Pow", f"{prefix}.square", centred, self.number(2.0))
        variance = self.op("ReduceMean", f"{prefix}.variance", square, axes=[-1])
        shifted = self.op("Add", f"{prefix}.shifted", variance, self.number(EPSILON))
        deviation = self.op("Sqrt", f"{prefix}.deviation", shifted)
        normal = self.op("Div", f"{prefix}.normal", centred, deviation)
        scaled = self.op("Mul", f"{prefix}.scaled", normal, self.weight(f"{prefix}.weight"))
        return self.op("Add", f"{prefix}.output", scaled, self.weight(f"{prefix}.bias"))

    def gelu(self, prefix, x):
        ratio = self.op("Div", f"{prefix}.ratio", x, self.number(math.sqrt(2)))
        erf = self.op("Erf", f"{prefix}.erf", ratio)
        raised = self.op("Add", f"{prefix}.raised", erf, self.number(1.0))
        product = self.op("Mul", f"{prefix}.gelu_product", x, raised)
        return self.op("Mul", f"{prefix}.gelu", product, self.number(0.5))

    def heads(self, prefix, x, shape, perm):
        split = self.op("Reshape", f"{prefix}.split", x, shape)
        return self.op("Transpose", f"{prefix}.heads", split, perm=perm)


def build(weights):
    g = Graph(weights)
    shape = g.op("Shape", "shape", "input_ids")
    batch = g.op("Gather", "batch", shape, g.constant("zero", np.array(0, np.int64)), axis=0)
    length = g.op("Gather", "length", shape, g.constant("one", np.array(1, np.int64)), axis=0)
    batch1 = g.op("Unsqueeze", "batch1", batch, g.ints(0))
    length1 = g.op("Unsqueeze", "length1", length, g.ints(0))
    split_shape = g.op("Concat", "split_shape", batch1, length1, g.ints(HEADS), g.ints(WIDTH // HEADS), axis=0)
    joined_shape = g.op("Concat", "joined_shape", batch1, length1, g.ints(WIDTH), axis=0)

    # [N, L] of 1 and 0 becomes [N, 1, 1, L] of 0 and the least float.
    mask = g.op("Unsqueeze", "mask4", "attention_mask", g.ints(1, 2))
    mask = g.op("Cast", "mask_float", mask, to=TensorProto.FLOAT)
    mask = g.op("Sub", "mask_inverted", g.number(1.0), mask)
    mask = g.op("Mul", "mask_scores", mask, g.number(MASKED))

    words = g.op("Gather", "words", g.weight("embeddings.word_embeddings.weight"), "input_ids")
    kinds = g.op("Gather", "kinds", g.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    ids = g.op("Slice", "position_ids", g.weight("embeddings.position_ids"), g.ints(0), length1, g.ints(1), g.ints(1))
    positions = g.op("Gather", "positions", g.weight("embeddings.position_embeddings.weight"), ids)
    x = g.op("Add", "words_and_kinds", words, kinds)
    x = g.op("Add", "embedded", x, positions)
    x = g.layer_norm("embeddings.LayerNorm", x)
    for layer in range(LAYERS):
        p = f"encoder.layer.{layer}"
        a = f"{p}.attention.self"
        query = g.heads(f"{a}.query", g.linear(f"{a}.query", x), split_shape, [0, 2, 1, 3])
        key = g.heads(f"{a}.key", g.linear(f"{a}.key", x), split_shape, [0, 2, 3, 1])
        value = g.heads(f"{a}.value", g.linear(f"{a}.value", x), split_shape, [0, 2, 1, 3])
        scores = g.op("MatMul", f"{a}.scores", query, key)
        scores = g.op("Div", f"{a}.scaled", scores, g.number(math.sqrt(WIDTH // HEADS)))
        scores = g.op("Add", f"{a}.masked", scores, mask)
        shares = g.op("Softmax", f"{a}.shares", scores, axis=-1)
        context = g.op("MatMul", f"{a}.context", shares, value)
        context = g.op("Transpose", f"{a}.tokens", context, perm=[0, 2, 1, 3])
        context = g.op("Reshape", f"{a}.joined", context, joined_shape)
        context = g.linear(f"{p}.attention.output.dense", context)
        context = g.op("Add", f"{p}.attention.output.residual", context, x)
        x = g.layer_norm(f"{p}.attention.output.LayerNorm", context)
        inner = g.gelu(f"{p}.intermediate", g.linear(f"{p}.intermediate.dense", x))
        outer = g.op("Add", f"{p}.output.residual", g.linear(f"{p}.output.dense", inner), x)
        x = g.layer_norm(f"{p}.output.LayerNorm", outer)
    g.op("Identity", "last_hidden_state", x)

    tokens = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
              for name in ("input_ids", "attention_mask", "token_type_ids")]
    states = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "length", WIDTH])
    graph = helper.make_graph(g.nodes, "sentence_encoder", tokens, [states], list(g.initializers.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="export_minilm.py")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def reference(weights, ids, mask, kinds):
    """The encoder in numpy, in float64."""

    def weight(name):
        return weights[name].astype(np.float64)

    def linear(prefix, x):
        return x @ weight(f"{prefix}.weight").T + weight(f"{prefix}.bias")

    def layer_norm(prefix, x):
        centred = x - x.mean(-1, keepdims=True)
        normal = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + EPSILON)
        return normal * weight(f"{prefix}.weight") + weight(f"{prefix}.bias")

    def heads(x):
        return x.reshape(*x.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)

    erf = np.vectorize(math.erf)
    x = weight("embeddings.word_embeddings.weight")[ids] + weight("embeddings.token_type_embeddings.weight")[kinds]
    x = layer_norm("embeddings.LayerNorm", x + weight("embeddings.position_embeddings.weight")[: ids.shape[1]])
    for layer in range(LAYERS):
        p = f"encoder.layer.{layer}"
        query, key, value = (heads(linear(f"{p}.attention.self.{name}", x)) for name in ("query", "key", "value"))
        scores = query @ key.transpose(0, 1, 3, 2) / math.sqrt(WIDTH // HEADS)
        scores = np.where(mask[:, None, None, :] == 1, scores, -np.inf)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        context = (shares / shares.sum(-1, keepdims=True)) @ value
        context = linear(f"{p}.attention.output.dense", context.transpose(0, 2, 1, 3).reshape(x.shape))
        x = layer_norm(f"{p}.attention.output.LayerNorm", context + x)
        inner = linear(f"{p}.intermediate.dense", x)
        inner = 0.5 * inner * (1 + erf(inner / math.sqrt(2)))
        x = layer_norm(f"{p}.output.LayerNorm", linear(f"{p}.output.dense", inner) + x)
    return x


def main(source, target):
    weights = read_safetensors(source)
    model = build(weights)
    random = np.random.default_rng(1)
    ids = random.integers(1000, 30000, (2, 9))
    mask = np.ones_like(ids)
    mask[1, 5:] = 0
    kinds = np.zeros_like(ids)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": kinds})
    expected = reference(weights, ids, mask, kinds)
    worst = np.abs(found - expected).max() / np.abs(expected).max()
    if not worst < 1e-5:
        sys.exit(f"{target}: expected what numpy computes, found a difference of {worst} of the largest value")
    onnx.save(model, target)


main(*sys.argv[1:])
