"""Writes networks of torchvision's architectures with random weights, for timing only.

The layers, their sizes and their order are those of resnet18, resnet50, mobilenet_v2, mobilenet_v3_large,
efficientnet_b0 and squeezenet1_1 (torchvision 0.20) as torch's exporter writes them in evaluation mode: batch
normalization is folded into the convolutions.
"""

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    """Nodes in order, one name after the other. Weights keep the variance of what passes through (He et al. 2015)."""

    def __init__(self, name):
        self.name = name
        self.random = numpy.random.default_rng(7)
        self.nodes, self.weights = [], []

    def constant(self, values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.asarray(values), name))
        return name

    def node(self, kind, *inputs, **attributes):
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def convolution(self, x, inputs, outputs, size, stride=1, groups=1, pad=None, act="Relu"):
        pad = size // 2 if pad is None else pad
        fan = inputs // groups * size * size
        # Without an activation behind it, as before a residual sum, half as much: the sum must not grow.
        gain = 2.0 if act else 0.5
        weight = self.random.standard_normal((outputs, inputs // groups, size, size)) * numpy.sqrt(gain / fan)
        bias = self.random.standard_normal(outputs) * 0.1
        x = self.node(
            "Conv", x, self.constant(weight.astype(numpy.float32)), self.constant(bias.astype(numpy.float32)),
            kernel_shape=[size, size], strides=[stride, stride], pads=[pad] * 4, group=groups)
        return self.activate(x, act)

    def activate(self, x, act):
        if act == "Clip":
            return self.node("Clip", x, self.constant(numpy.float32(0)), self.constant(numpy.float32(6)))
        if act == "SiLU":
            return self.node("Mul", x, self.node("Sigmoid", x))
        if act == "HardSigmoid":
            return self.node(act, x, alpha=1 / 6)
        return self.node(act, x) if act else x

    def linear(self, x, inputs, outputs):
        weight = (self.random.standard_normal((outputs, inputs)) * numpy.sqrt(1 / inputs)).astype(numpy.float32)
        return self.node("Gemm", x, self.constant(weight), self.constant(numpy.zeros(outputs, numpy.float32)), transB=1)

    def squeeze_and_excite(self, x, width, inner, act, gate):
        y = self.convolution(self.node("GlobalAveragePool", x), width, inner, 1, act=act)
        return self.node("Mul", x, self.convolution(y, inner, width, 1, act=gate))

    def pool(self, x, size, stride, pad, ceil=0):
        return self.node(
            "MaxPool", x, kernel_shape=[size, size], strides=[stride, stride], pads=[pad] * 4, ceil_mode=ceil)

    def head(self, x, width):
        return self.linear(self.node("Flatten", self.node("GlobalAveragePool", x)), width, 1000)

    def write(self, output, path):
        info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        graph = helper.make_graph(
            self.nodes, self.name, [info("input", ["N", 3, 224, 224])], [info(output, ["N", 1000])], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(onnx.shape_inference.infer_shapes(model, check_type=True), path)


def resnet(depth):
    build = Builder(f"resnet{depth}")
    x = build.pool(build.convolution("input", 3, 64, 7, stride=2), 3, 2, 1)
    blocks = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}[depth]
    expansion = 1 if depth == 18 else 4
    width = 64
    for stage, count in enumerate(blocks):
        inner = 64 << stage
        for index in range(count):
            stride = 2 if stage > 0 and index == 0 else 1
            if depth == 18:
                y = build.convolution(x, width, inner, 3, stride=stride)
                y = build.convolution(y, inner, inner, 3, act=None)
            else:
                y = build.convolution(x, width, inner, 1)
                y = build.convolution(y, inner, inner, 3, stride=stride)
                y = build.convolution(y, inner, inner * expansion, 1, act=None)
            if stride != 1 or width != inner * expansion:
                x = build.convolution(x, width, inner * expansion, 1, stride=stride, act=None)
            width = inner * expansion
            x = build.node("Relu", build.node("Add", y, x))
    return build, build.head(x, width)


def mobilenet_v2():
    build = Builder("mobilenet_v2")
    x, width = build.convolution("input", 3, 32, 3, stride=2, act="Clip"), 32
    for factor, outputs, count, first in (
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ):
        for index in range(count):
            stride, inner = (first if index == 0 else 1), width * factor
            y = build.convolution(x, width, inner, 1, act="Clip") if factor > 1 else x
            y = build.convolution(y, inner, inner, 3, stride=stride, groups=inner, act="Clip")
            y = build.convolution(y, inner, outputs, 1, act=None)
            x = build.node("Add", x, y) if stride == 1 and width == outputs else y
            width = outputs
    return build, build.head(build.convolution(x, width, 1280, 1, act="Clip"), 1280)


def mobilenet_v3_large():
    build = Builder("mobilenet_v3_large")
    x, width = build.convolution("input", 3, 16, 3, stride=2, act="HardSwish"), 16
    for size, inner, outputs, squeeze, act, stride in (
        (3, 16, 16, None, "Relu", 1), (3, 64, 24, None, "Relu", 2), (3, 72, 24, None, "Relu", 1),
        (5, 72, 40, 24, "Relu", 2), (5, 120, 40, 32, "Relu", 1), (5, 120, 40, 32, "Relu", 1),
        (3, 240, 80, None, "HardSwish", 2), (3, 200, 80, None, "HardSwish", 1), (3, 184, 80, None, "HardSwish", 1),
        (3, 184, 80, None, "HardSwish", 1), (3, 480, 112, 120, "HardSwish", 1), (3, 672, 112, 168, "HardSwish", 1),
        (5, 672, 160, 168, "HardSwish", 2), (5, 960, 160, 240, "HardSwish", 1), (5, 960, 160, 240, "HardSwish", 1),
    ):
        y = build.convolution(x, width, inner, 1, act=act) if inner != width else x
        y = build.convolution(y, inner, inner, size, stride=stride, groups=inner, act=act)
        if squeeze:
            y = build.squeeze_and_excite(y, inner, squeeze, "Relu", "HardSigmoid")
        y = build.convolution(y, inner, outputs, 1, act=None)
        x = build.node("Add", x, y) if stride == 1 and width == outputs else y
        width = outputs
    x = build.node("GlobalAveragePool", build.convolution(x, width, 960, 1, act="HardSwish"))
    x = build.activate(build.linear(build.node("Flatten", x), 960, 1280), "HardSwish")
    return build, build.linear(x, 1280, 1000)


def efficientnet_b0():
    build = Builder("efficientnet_b0")
    x, width = build.convolution("input", 3, 32, 3, stride=2, act="SiLU"), 32
    for factor, size, outputs, count, first in (
        (1, 3, 16, 1, 1), (6, 3, 24, 2, 2), (6, 5, 40, 2, 2), (6, 3, 80, 3, 2), (6, 5, 112, 3, 1), (6, 5, 192, 4, 2),
        (6, 3, 320, 1, 1),
    ):
        for index in range(count):
            stride, inner = (first if index == 0 else 1), width * factor
            y = build.convolution(x, width, inner, 1, act="SiLU") if factor > 1 else x
            y = build.convolution(y, inner, inner, size, stride=stride, groups=inner, act="SiLU")
            y = build.squeeze_and_excite(y, inner, width // 4, "SiLU", "Sigmoid")
            y = build.convolution(y, inner, outputs, 1, act=None)
            x = build.node("Add", x, y) if stride == 1 and width == outputs else y
            width = outputs
    return build, build.head(build.convolution(x, width, 1280, 1, act="SiLU"), 1280)


def squeezenet1_1():
    build = Builder("squeezenet1_1")
    x = build.pool(build.convolution("input", 3, 64, 3, stride=2, pad=0), 3, 2, 0, ceil=1)
    width = 64
    for squeeze, expand, pooled in (
        (16, 64, False), (16, 64, True), (32, 128, False), (32, 128, True), (48, 192, False), (48, 192, False),
        (64, 256, False), (64, 256, False),
    ):
        y = build.convolution(x, width, squeeze, 1)
        parts = [build.convolution(y, squeeze, expand, 1), build.convolution(y, squeeze, expand, 3)]
        x, width = build.node("Concat", *parts, axis=1), 2 * expand
        if pooled:
            x = build.pool(x, 3, 2, 0, ceil=1)
    x = build.node("GlobalAveragePool", build.convolution(x, width, 1000, 1))
    return build, build.node("Flatten", x)


NETWORKS = {
    "resnet50": lambda: resnet(50), "resnet18": lambda: resnet(18), "mobilenet_v2": mobilenet_v2,
    "mobilenet_v3_large": mobilenet_v3_large, "efficientnet_b0": efficientnet_b0, "squeezenet1_1": squeezenet1_1,
}


def write(name, folder, samples):
    """Writes the network and as many samples of noise, as wide as normalized pictures; the paths of both."""
    build, output = NETWORKS[name]()
    network, inputs = folder / f"{name}.onnx", folder / "noise.npy"
    build.write(output, network)
    noise = numpy.random.default_rng(11).standard_normal((samples, 3, 224, 224))
    numpy.save(inputs, noise.astype(numpy.float32))
    return network, inputs


def write_tokens(folder, samples, tokens):
    """Writes samples of a token encoder: every token counts."""
    random = numpy.random.default_rng(11)
    target = folder / f"tokens{tokens}"
    target.mkdir(exist_ok=True)
    for index in range(samples):
        numpy.savez(
            target / f"{index:04}.npz", input_ids=random.integers(1000, 20000, (1, tokens)),
            attention_mask=numpy.ones((1, tokens), numpy.int64), token_type_ids=numpy.zeros((1, tokens), numpy.int64))
    return target
