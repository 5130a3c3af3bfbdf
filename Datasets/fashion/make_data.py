"""Writes the bundled images, their manifests and checksums from Fashion-MNIST. The same bytes on every run.

    python3 make_data.py [--source FOLDER] [--out FOLDER]

    calib/NNNNN.png, calib.csv   500 training images, 50 of each class, unchanged; the network never saw them
    test/NNNNN.png, test.csv     2,000 test images, 200 of each class, 500 under each condition
    SHA256SUMS                   for `sha256sum --check`

NNNNN is the image's index in the data set's own training or test file.
"""

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np

import conditions
import fashion_mnist
import png_writer
from fashion_mnist import CLASSES, TEST_PER_CLASS_AND_CONDITION


def choose_test(labels: np.ndarray) -> dict[int, str]:
    """Test index → condition, in ascending order of index; every condition holds other images."""
    chosen = {}
    for indices in fashion_mnist.shuffled_by_class(labels, fashion_mnist.generator(1)):
        for place, condition in enumerate(conditions.CONDITIONS):
            start = place * TEST_PER_CLASS_AND_CONDITION
            for index in indices[start : start + TEST_PER_CLASS_AND_CONDITION]:
                chosen[int(index)] = condition
    return dict(sorted(chosen.items()))


def degraded(image: np.ndarray, index: int, condition: str) -> np.ndarray:
    """Test image `index` under `condition`. Its draws depend on the seed and its index, not on its neighbours."""
    return conditions.degrade(image, condition, conditions.NIGHT, fashion_mnist.generator(2, index))


class Writer:
    """Writes files under a folder and remembers their checksums."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checksums: dict[str, str] = {}

    def write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.checksums[name] = hashlib.sha256(content).hexdigest()

    def write_split(self, name: str, columns: str, rows: list[tuple[int, np.ndarray, str]]) -> None:
        """A folder of images and its manifest; a row is index, image and the fields after `file`."""
        for stale in (self.folder / name).glob("[0-9]" * 5 + ".png"):
            stale.unlink()
        pixels = hashlib.sha256()
        lines = [columns]
        for index, image, fields in rows:
            file = f"{name}/{index:05d}.png"
            self.write(file, png_writer.encode(image))
            pixels.update(image.tobytes())
            lines.append(f"{file},{fields}")
        self.write(f"{name}.csv", ("\n".join(lines) + "\n").encode())
        print(f"{name}: {len(rows)} images, SHA-256 of all pixels {pixels.hexdigest()}")

    def finish(self) -> None:
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self.checksums.items()))
        (self.folder / "SHA256SUMS").write_text("".join(lines), encoding="ascii", newline="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the bundled images, manifests and checksums.")
    parser.add_argument("--source", type=Path, default=fashion_mnist.DEFAULT_SOURCE, help="folder of the idx.gz files")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    arguments = parser.parse_args()

    train_images, train_labels = fashion_mnist.load(arguments.source, "train")
    test_images, test_labels = fashion_mnist.load(arguments.source, "t10k")
    calibration = fashion_mnist.split_training(train_labels).calibration

    def name(label: int) -> str:
        return f"{label},{CLASSES[label]}"

    writer = Writer(arguments.out)
    writer.write_split(
        "calib",
        "file,label,class",
        [(int(i), train_images[i], name(train_labels[i])) for i in calibration],
    )
    writer.write_split(
        "test",
        "file,label,class,condition",
        [
            (i, degraded(test_images[i], i, condition), f"{name(test_labels[i])},{condition}")
            for i, condition in choose_test(test_labels).items()
        ],
    )
    writer.finish()


if __name__ == "__main__":
    try:
        main()
    except (fashion_mnist.SourceError, OSError) as error:
        sys.exit(f"make_data: {error}")
