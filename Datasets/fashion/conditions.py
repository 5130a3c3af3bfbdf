"""The three hard conditions: dim light, a cast shadow, sensor noise.

The formulas take grey values 0..255 as floats, [n, 28, 28], and one parameter per image, [n, 1, 1]. They use only
what numpy arrays and torch tensors share, so that the bundled images and the training augmentation are made by the
same lines. Every formula ends on the 8-bit grid, as a camera's output does; halves are rounded to even.

`DUSK` is what the network meets in training, `NIGHT` what the bundled test images show: as in the field, the nights
are darker than those anybody collected. `NIGHT` was set on the validation images, so that about 84 % of each condition
is still recognised. Beyond sums, products and quotients only a square root is taken, and the normal deviates are sums
of uniform ones: IEEE 754 defines all of it to the bit, so the images are the same on every machine.
"""

from dataclasses import dataclass

import numpy as np

CONDITIONS = ("clean", "dim", "shadow", "noisy")

SIDE = 28  # pixels
CENTRE = (SIDE - 1) / 2

Range = tuple[float, float]


@dataclass(frozen=True)
class Strength:
    """Ranges from which each image's parameters are drawn evenly."""

    gain: Range  # dim: factor on the exposure
    light: Range  # shadow: share of the light that still reaches its core
    softness: Range  # shadow: width of its edge, pixels
    offset: Range  # shadow: distance of its edge from the image's centre, pixels
    read_noise: Range  # noisy: standard deviation in the dark, grey levels
    shot_noise: Range  # noisy: variance per grey level of signal


DUSK = Strength(
    gain=(0.3, 1.0), light=(0.3, 0.8), softness=(2, 10), offset=(-8, 8), read_noise=(0, 30), shot_noise=(0, 4)
)
NIGHT = Strength(
    gain=(0.03, 0.1), light=(0, 0.1), softness=(2, 8), offset=(-6, 6), read_noise=(40, 60), shot_noise=(2, 6)
)


def dim(images, gain):
    """y = round(gain · x)"""
    return (images * gain).round()


def shadow(images, columns, rows, normal_x, normal_y, offset, softness, light):
    """y = round(x · (1 − (1 − light) · s)), s = t² (3 − 2t), t = clip(d / softness + ½, 0, 1).

    d is a pixel's distance, in pixels, from the shadow's straight edge, positive inside: the edge lies `offset`
    from the image's centre along the unit vector (normal_x, normal_y).
    """
    distance = (columns - CENTRE) * normal_x + (rows - CENTRE) * normal_y - offset
    t = (distance / softness + 0.5).clip(0, 1)
    depth = t * t * (3 - 2 * t)
    return (images * (1 - (1 - light) * depth)).round()


def noise_variance(images, read_noise, shot_noise):
    """σ² = read_noise² + shot_noise · x: the dark noise of the sensor and the photons' own."""
    return read_noise * read_noise + shot_noise * images


def noisy(images, deviation, normal):
    """y = clip(round(x + σ · n), 0, 255), n standard normal, independent for each pixel."""
    return (images + deviation * normal).round().clip(0, 255)


def degrade(image: np.ndarray, condition: str, strength: Strength, rng: np.random.Generator) -> np.ndarray:
    """One image, uint8 [28, 28], under `condition` with parameters drawn from `strength`."""

    def draw(limits: Range) -> float:
        low, high = limits
        return low + (high - low) * rng.random()

    pixels = image.astype(np.float64)
    if condition == "dim":
        pixels = dim(pixels, draw(strength.gain))
    elif condition == "shadow":
        rows, columns = np.indices(image.shape).astype(np.float64)
        normal_x, normal_y = _direction(rng)
        offset, softness, light = draw(strength.offset), draw(strength.softness), draw(strength.light)
        pixels = shadow(pixels, columns, rows, normal_x, normal_y, offset, softness, light)
    elif condition == "noisy":
        variance = noise_variance(pixels, draw(strength.read_noise), draw(strength.shot_noise))
        pixels = noisy(pixels, np.sqrt(variance), _normal(image.shape, rng))
    elif condition != "clean":
        raise ValueError(f"condition: expected one of {', '.join(CONDITIONS)}, found {condition!r}")
    return pixels.astype(np.uint8)


def _direction(rng: np.random.Generator) -> tuple[float, float]:
    """A unit vector, every direction equally likely: a point of the unit disc, normalised."""
    while True:
        x, y = 2 * rng.random() - 1, 2 * rng.random() - 1
        square = x * x + y * y
        if 0.01 < square <= 1:
            length = float(np.sqrt(square))
            return x / length, y / length


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Standard normal deviates, as sums of twelve uniform ones less six."""
    total = np.zeros(shape)
    for _ in range(12):
        total += rng.random(shape)
    return total - 6
