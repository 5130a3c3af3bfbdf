"""What the training images go through: mirroring, shifts, erased patches, and the hard conditions at dusk strength."""

import torch
import torch.nn.functional as F
from torch import Tensor

import conditions
from conditions import DUSK, SIDE

LARGEST_SHIFT = 2  # pixels
ERASED_SIDE = 8  # pixels
CLEAN_SHARE = 0.55  # of the images; the others are shared evenly between dim, shadow and noisy


def augmented(images: Tensor, rng: torch.Generator) -> Tensor:
    """Grey values 0..255, float [n, 28, 28], each image changed in its own way."""
    images = _erased(_shifted(_mirrored(images, rng), rng), rng)
    return _under_a_condition(images, rng)


def _uniform(like: Tensor, rng: torch.Generator, low: float = 0.0, high: float = 1.0) -> Tensor:
    """One number per image, [n, 1, 1]."""
    return low + (high - low) * torch.rand(len(like), 1, 1, generator=rng, device=like.device)


def _mirrored(images: Tensor, rng: torch.Generator) -> Tensor:
    return torch.where(_uniform(images, rng) < 0.5, images.flip(2), images)


def _shifted(images: Tensor, rng: torch.Generator) -> Tensor:
    """Each image moved by −2 to 2 pixels both ways, black moving in."""
    padded = F.pad(images, (LARGEST_SHIFT,) * 4)
    positions = torch.arange(SIDE, device=images.device)
    place = {"size": (len(images), 1, 1), "generator": rng, "device": images.device}
    top = torch.randint(2 * LARGEST_SHIFT + 1, **place)
    left = torch.randint(2 * LARGEST_SHIFT + 1, **place)
    each = torch.arange(len(images), device=images.device).view(-1, 1, 1)
    return padded[each, top + positions.view(1, -1, 1), left + positions.view(1, 1, -1)]


def _erased(images: Tensor, rng: torch.Generator) -> Tensor:
    """A black square in every second image (DeVries and Taylor 2017), partly outside where it falls at the rim."""
    positions = torch.arange(SIDE, device=images.device)
    top = _uniform(images, rng, 1 - ERASED_SIDE, SIDE).floor()
    left = _uniform(images, rng, 1 - ERASED_SIDE, SIDE).floor()
    rows, columns = positions.view(1, -1, 1), positions.view(1, 1, -1)
    inside = (rows >= top) & (rows < top + ERASED_SIDE) & (columns >= left) & (columns < left + ERASED_SIDE)
    return images.masked_fill(inside & (_uniform(images, rng) < 0.5), 0)


def _under_a_condition(images: Tensor, rng: torch.Generator) -> Tensor:
    positions = torch.arange(SIDE, dtype=images.dtype, device=images.device)
    direction = torch.randn(2, len(images), 1, 1, generator=rng, device=images.device)
    normal_x, normal_y = direction / direction.norm(dim=0)
    dim = conditions.dim(images, _uniform(images, rng, *DUSK.gain))
    shadow = conditions.shadow(
        images,
        positions.view(1, 1, -1),
        positions.view(1, -1, 1),
        normal_x,
        normal_y,
        offset=_uniform(images, rng, *DUSK.offset),
        softness=_uniform(images, rng, *DUSK.softness),
        light=_uniform(images, rng, *DUSK.light),
    )
    variance = conditions.noise_variance(
        images, _uniform(images, rng, *DUSK.read_noise), _uniform(images, rng, *DUSK.shot_noise)
    )
    normal = torch.randn(images.shape, generator=rng, device=images.device)
    noisy = conditions.noisy(images, variance.sqrt(), normal)
    # 0: clean, 1: dim, 2: shadow, 3: noisy
    kind = ((_uniform(images, rng) - CLEAN_SHARE) / (1 - CLEAN_SHARE) * 3 + 1).floor().clip(0, 3)
    degraded = torch.where(kind == 1, dim, torch.where(kind == 2, shadow, noisy))
    return torch.where(kind == 0, images, degraded)
