"""The trained network as an ONNX file."""

from pathlib import Path

import onnx
import torch
from torch import nn

import onnx_tidy

OPSET = 13


def write(network: nn.Module, path: Path, test_right: int) -> None:
    """Writes `network` to `path`: input [N, 1, 28, 28], logits [N, 10], BatchNormalization as nodes of their own.

    `test_right`: how many of the 10,000 clean test images it puts into their class; goes into the metadata.
    """
    network.eval()
    # PRESERVE keeps evaluation mode but, unlike EVAL, does not fold BatchNormalization into the convolutions.
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, 28, 28),),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
    )
    model = onnx.load(str(path))
    onnx_tidy.fold_constants(model.graph)
    onnx_tidy.describe(model, test_right)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))
