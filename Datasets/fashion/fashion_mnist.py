"""Fashion-MNIST as its authors distribute it, and the split of it used here.

The four files are in the idx format (gzip), for example from Debian's package dataset-fashion-mnist. They are
compared with their known checksums, so that everything made from them can be repeated.
"""

import gzip
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DEFAULT_SOURCE = Path("/usr/share/datasets/fashion-mnist")

# Index = label. The data set's own names are "T-shirt/top" and "Ankle boot"; no slash and no space here.
CLASSES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle_boot")

# Grey mean and standard deviation of the training split in units of 0..1; the network takes (x / 255 - MEAN) / STD.
MEAN = 0.286
STD = 0.353

SEED = 20170825  # every draw of the data starts here; the day the data set was published

CALIBRATION_PER_CLASS = 50
VALIDATION_PER_CLASS = 250
TEST_PER_CLASS_AND_CONDITION = 50

SHA256 = {
    "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}


class SourceError(Exception):
    """A source file is missing or is not the published one."""


@dataclass(frozen=True)
class Split:
    """Indices into the 60,000 training images; the three parts share no image."""

    training: np.ndarray
    calibration: np.ndarray
    validation: np.ndarray


def load(source: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images, uint8 [n, 28, 28], and labels, uint8 [n], of `part`: "train" or "t10k"."""
    images = _read_idx(source / f"{part}-images-idx3-ubyte.gz")
    labels = _read_idx(source / f"{part}-labels-idx1-ubyte.gz")
    return images, labels


def _read_idx(path: Path) -> np.ndarray:
    try:
        packed = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{path}: expected a Fashion-MNIST file, found none ({error.strerror}); "
            "install dataset-fashion-mnist or give its folder with --source"
        ) from error
    found = hashlib.sha256(packed).hexdigest()
    expected = SHA256[path.name]
    if found != expected:
        raise SourceError(f"{path}: expected SHA-256 {expected}, found {found}; fetch the published file")
    stream = io.BytesIO(gzip.decompress(packed))
    _, _, _, rank = stream.read(4)  # two zeros, the element type (known: bytes), the number of dimensions
    shape = np.frombuffer(stream.read(4 * rank), dtype=">u4").tolist()
    return np.frombuffer(stream.read(), dtype=np.uint8).reshape(shape)


def generator(*key: int) -> np.random.Generator:
    """The random stream of one purpose: PCG64 seeded with SEED and `key`.

    Only `random()` is drawn from it: 53 bits of the generator's output, which no numpy release has changed, whereas
    the streams of `normal`, `integers` or `shuffle` may change between releases (NEP 19).
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((SEED, *key))))


def shuffled(count: int, rng: np.random.Generator) -> np.ndarray:
    """A permutation of 0..<count: the order of `count` random keys."""
    return np.argsort(rng.random(count), kind="stable")


def shuffled_by_class(labels: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """For each class the indices of its images in random order."""
    order = shuffled(len(labels), rng)
    return [order[labels[order] == label] for label in range(len(CLASSES))]


def split_training(labels: np.ndarray) -> Split:
    """500 images to calibrate with, 2,500 to judge choices with, 57,000 to train on; each balanced by class."""
    held_out = CALIBRATION_PER_CLASS + VALIDATION_PER_CLASS
    by_class = shuffled_by_class(labels, generator(0))
    return Split(
        training=np.sort(np.concatenate([indices[held_out:] for indices in by_class])),
        calibration=np.sort(np.concatenate([indices[:CALIBRATION_PER_CLASS] for indices in by_class])),
        validation=np.sort(np.concatenate([indices[CALIBRATION_PER_CLASS:held_out] for indices in by_class])),
    )
