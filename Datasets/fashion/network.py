"""The bundled network: a small residual CNN for 28×28 grey images.

Chosen to hold what quantization tools meet in the field, small: standard and depthwise convolutions, separate
BatchNormalization, ReLU and ReLU6, residual additions with an identity and with a projection, both followed and not
followed by an activation, global average pooling and a final fully connected layer.
"""

from torch import Tensor, nn


class ReLU6(nn.Module):
    """min(max(x, 0), 6), written so that the exporter makes exactly one Clip of it."""

    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(0.0, 6.0)


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size (at stride 1); no bias, for a BatchNormalization follows."""
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False)


class Stem(nn.Module):
    """Convolution, BatchNormalization, ReLU."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.conv = convolution(1, outputs, 3)
        self.bn = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class Residual(nn.Module):
    """Two 3×3 convolutions; ReLU after the addition (He et al. 2016, basic block)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = convolution(inputs, outputs, 3, stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu1 = nn.ReLU()
        self.conv2 = convolution(outputs, outputs, 3)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu2 = nn.ReLU()
        self.projects = stride != 1 or inputs != outputs
        if self.projects:
            self.shortcut = convolution(inputs, outputs, 1, stride)
            self.shortcut_bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(y + (self.shortcut_bn(self.shortcut(x)) if self.projects else x))


class InvertedResidual(nn.Module):
    """Widen 1×1, depthwise 3×3, narrow 1×1; nothing after the addition (Sandler et al. 2018)."""

    def __init__(self, channels: int, expansion: int) -> None:
        super().__init__()
        wide = channels * expansion
        self.expand = convolution(channels, wide, 1)
        self.expand_bn = nn.BatchNorm2d(wide)
        self.expand_relu6 = ReLU6()
        self.depthwise = convolution(wide, wide, 3, groups=wide)
        self.depthwise_bn = nn.BatchNorm2d(wide)
        self.depthwise_relu6 = ReLU6()
        self.project = convolution(wide, channels, 1)
        self.project_bn = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.expand_relu6(self.expand_bn(self.expand(x)))
        y = self.depthwise_relu6(self.depthwise_bn(self.depthwise(y)))
        return x + self.project_bn(self.project(y))


class FashionResNet(nn.Module):
    """[N, 1, 28, 28] → logits [N, 10]"""

    def __init__(self) -> None:
        super().__init__()
        self.stem = Stem(24)
        self.block1 = Residual(24, 24)
        self.block2 = Residual(24, 48, stride=2)
        self.block3 = InvertedResidual(48, expansion=3)
        self.block4 = Residual(48, 96, stride=2)
        self.block5 = InvertedResidual(96, expansion=3)
        self.block6 = InvertedResidual(96, expansion=3)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.classifier = nn.Linear(96, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.block3(self.block2(self.block1(self.stem(x))))
        x = self.block6(self.block5(self.block4(x)))
        return self.classifier(self.flatten(self.pool(x)))
