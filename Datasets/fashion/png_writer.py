"""A small writer of 8-bit grey PNG files (PNG specification, third edition).

Its bytes depend on the pixels and on zlib only; an image library's also depend on that library's version and habits.
"""

import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED)


def encode(image: np.ndarray) -> bytes:
    """The file for `image`, uint8 [height, width]: the smallest of twelve encodings."""
    height, width = image.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = [_deflate(scanlines, strategy) for scanlines in _candidates(image) for strategy in STRATEGIES]
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", min(packed, key=len)) + _chunk(b"IEND", b"")


def _candidates(image: np.ndarray) -> list[bytes]:
    """The image's scanlines under each of the five filters, and under the best filter of each line."""
    filtered = _filter(image)
    # A line is likely to pack well where its bytes, read as signed, are small (the specification's own advice).
    cost = np.abs(filtered[:, :, 1:].view(np.int8).astype(np.int32)).sum(axis=2)
    mixed = filtered[cost.argmin(axis=0), np.arange(len(image))]
    return [lines.tobytes() for lines in (*filtered, mixed)]


def _filter(image: np.ndarray) -> np.ndarray:
    """uint8 [5, height, 1 + width]: for each filter type every line, its type byte first."""
    height, width = image.shape
    padded = np.zeros((height + 1, width + 1), dtype=np.int16)
    padded[1:, 1:] = image
    here, left, up, corner = padded[1:, 1:], padded[1:, :-1], padded[:-1, 1:], padded[:-1, :-1]
    estimate = left + up - corner
    to_left, to_up, to_corner = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    paeth = np.where((to_left <= to_up) & (to_left <= to_corner), left, np.where(to_up <= to_corner, up, corner))
    predictions = (np.zeros_like(here), left, up, (left + up) // 2, paeth)
    lines = np.empty((len(predictions), height, 1 + width), dtype=np.uint8)
    for kind, prediction in enumerate(predictions):
        lines[kind, :, 0] = kind
        lines[kind, :, 1:] = (here - prediction) & 0xFF
    return lines


def _deflate(data: bytes, strategy: int) -> bytes:
    packer = zlib.compressobj(level=9, wbits=zlib.MAX_WBITS, memLevel=9, strategy=strategy)
    return packer.compress(data) + packer.flush()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
