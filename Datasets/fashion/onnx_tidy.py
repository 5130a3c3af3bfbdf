"""What an exported ONNX network still needs: constants as named initializers, and a description of itself."""

import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

import fashion_mnist

NAME = "fashion_resnet"


def fold_constants(graph: onnx.GraphProto) -> None:
    """Turns nodes that compute from constants alone into initializers, in place.

    The exporter writes each Clip's bounds as Constant and Cast nodes, and where two parameters happen to be equal
    (biases of two BatchNormalizations whose outputs are added) one of them as an Identity of the other.
    """
    known = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    kept = []
    for node in graph.node:
        if all(name in known for name in node.input):
            values = ReferenceEvaluator(node).run(None, {name: known[name] for name in node.input})
            known.update(zip(node.output, values, strict=True))
        else:
            if node.op_type == "Clip":
                _name_bounds(node, known)
            kept.append(node)
    used = {name: None for node in kept for name in node.input if name in known}  # in order of first use
    initializers = [numpy_helper.from_array(known[name], name) for name in used]
    graph.ClearField("node")
    graph.node.extend(kept)
    graph.ClearField("initializer")
    graph.initializer.extend(initializers)


def _name_bounds(clip: onnx.NodeProto, known: dict) -> None:
    """Names a Clip's bounds as parameters are named: /block3/expand_relu6/Clip takes block3.expand_relu6.min."""
    owner = clip.name.strip("/").removesuffix("/Clip").replace("/", ".")
    for place, bound in ((1, "min"), (2, "max")):
        name = f"{owner}.{bound}"
        known[name] = known[clip.input[place]]
        clip.input[place] = name


def describe(model: onnx.ModelProto, test_right: int) -> None:
    """Sets the network's name and metadata, in place."""
    model.graph.name = NAME
    model.doc_string = "Residual CNN for Fashion-MNIST: 28x28 grey images, ten classes."
    for node in model.graph.node:
        node.ClearField("doc_string")
    onnx.helper.set_model_props(
        model,
        {
            "name": NAME,
            "licence": "MIT",
            "training_data": "Fashion-MNIST, Copyright 2017 Zalando SE, MIT licence",
            "preprocessing": f"(x / 255 - {fashion_mnist.MEAN}) / {fashion_mnist.STD}, grey",
            "classes": ",".join(fashion_mnist.CLASSES),
            "test_top1": f"{test_right}/10000",
        },
    )
