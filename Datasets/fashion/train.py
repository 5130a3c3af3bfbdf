"""Trains the bundled network on Fashion-MNIST and exports it to ONNX. Needs torch and onnx; see requirements.txt.

    python3 train.py [--source FOLDER] [--out FILE] [--device auto|cpu|cuda] [--epochs N] [--images N]

The weights of the last epoch are taken: no image, of the test set or any other, chooses between checkpoints. The
validation images watch the training; the test images are counted once, at the end.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import OneCycleLR

import augmentation
import export
import fashion_mnist
from network import FashionResNet

BATCH = 512
LEARNING_RATE = 0.2  # at its peak, for SGD with Nesterov momentum 0.9
WEIGHT_DECAY = 5e-4  # on weights with more than one dimension, so not on BatchNormalization or biases
WARM_UP = 0.1  # share of the steps
LABEL_SMOOTHING = 0.05


def normalised(images: Tensor) -> Tensor:
    """Grey values 0..255 [n, 28, 28] → network input [n, 1, 28, 28]."""
    return ((images / 255 - fashion_mnist.MEAN) / fashion_mnist.STD).unsqueeze(1)


def make_optimizer(network: nn.Module, steps: int) -> tuple[torch.optim.Optimizer, OneCycleLR]:
    """SGD whose rate rises to its peak, then falls to nearly zero along a cosine."""
    decayed = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=LEARNING_RATE,
        momentum=0.9,
        nesterov=True,
    )
    schedule = OneCycleLR(optimizer, max_lr=LEARNING_RATE, total_steps=steps, pct_start=WARM_UP, cycle_momentum=False)
    return optimizer, schedule


def count_right(network: nn.Module, images: Tensor, labels: Tensor) -> int:
    """How many of `images` the network puts into their class."""
    network.eval()
    with torch.no_grad():
        return sum(
            int((network(normalised(some)).argmax(1) == truth).sum())
            for some, truth in zip(images.split(1000), labels.split(1000), strict=True)
        )


def train(network: nn.Module, images: Tensor, labels: Tensor, watched: tuple[Tensor, Tensor], epochs: int) -> None:
    """Trains in place. `images`: float 0..255 [n, 28, 28]; `watched`: images and labels to print the accuracy of."""
    rng = torch.Generator(device=images.device).manual_seed(fashion_mnist.SEED)
    steps = len(images) // min(BATCH, len(images))
    optimizer, schedule = make_optimizer(network, steps * epochs)
    loss_function = nn.CrossEntropyLoss(label_smoothing=LABEL_SMOOTHING)
    for epoch in range(1, epochs + 1):
        start = time.monotonic()
        network.train()
        total = torch.zeros((), device=images.device)
        order = torch.randperm(len(images), generator=rng, device=images.device)
        for step in range(steps):  # the last, incomplete batch is left out: BatchNormalization wants equal ones
            chosen = order[step * BATCH : (step + 1) * BATCH]
            loss = loss_function(network(normalised(augmentation.augmented(images[chosen], rng))), labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        right = count_right(network, *watched)
        print(
            f"epoch {epoch:3d}: loss {total.item() / steps:.4f}, validation {right}/{len(watched[1])}, "
            f"{time.monotonic() - start:.1f} s",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the bundled network and export it to ONNX.")
    parser.add_argument("--source", type=Path, default=fashion_mnist.DEFAULT_SOURCE, help="folder of the idx.gz files")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "fashion_resnet.onnx")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--images", type=int, help="train on the first N images only, to try the script")
    arguments = parser.parse_args()
    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"

    def tensors(images: np.ndarray, labels: np.ndarray) -> tuple[Tensor, Tensor]:
        on_device = torch.tensor(images, dtype=torch.float32, device=device)
        return on_device, torch.tensor(labels.astype(np.int64), device=device)

    images, labels = fashion_mnist.load(arguments.source, "train")
    split = fashion_mnist.split_training(labels)
    training = split.training[: arguments.images]
    torch.manual_seed(fashion_mnist.SEED)
    network = FashionResNet().to(device)
    train(
        network,
        *tensors(images[training], labels[training]),
        watched=tensors(images[split.validation], labels[split.validation]),
        epochs=arguments.epochs,
    )

    network.cpu()  # plain float32 arithmetic for the count that is published
    device = "cpu"
    right = count_right(network, *tensors(*fashion_mnist.load(arguments.source, "t10k")))
    print(f"test: {right}/10000")
    export.write(network, arguments.out, right)
    print(f"wrote {arguments.out}")


if __name__ == "__main__":
    try:
        main()
    except (fashion_mnist.SourceError, OSError) as error:
        sys.exit(f"train: {error}")
