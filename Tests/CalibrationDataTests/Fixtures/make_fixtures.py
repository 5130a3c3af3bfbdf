"""Makes the fixtures beside this script from synthetic pictures: run it with no arguments.

Needs pillow==13.0.0, numpy and opencv-python-headless==4.10.0.84. The same versions give the same bytes.
"""

import io
import pathlib
import struct
import zlib

import cv2
import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(20240613)


def picture(height, width, channels):
    """Slopes, edges and noise: whatever a filter could get wrong."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for channel in range(channels):
        slope = 255 * ((x * (channel + 1) + y * 2) % width) / width
        edge = 120.0 * ((x // 5 + y // 4 + channel) % 2)
        planes.append(0.6 * slope + 0.4 * edge + RANDOM.normal(0, 14, (height, width)))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, rows, extra=()):
    """A PNG of a kind that Pillow does not write."""
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    for kind, data in extra:
        out += chunk(kind, data)
    return out + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) + chunk(b"IEND", b"")


def interlaced(array):
    """An Adam7 PNG of an RGB array."""
    height, width, _ = array.shape
    raw = b""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    for x0, y0, dx, dy in passes:
        part = array[y0::dy, x0::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def decoding():
    rgb, grey = picture(19, 26, 3), picture(19, 26, 1)[..., 0]
    alpha = picture(19, 26, 1)[..., 0]
    wide = RANDOM.integers(0, 65536, (5, 7, 4)).astype(">u2")
    colour, mono = Image.fromarray(rgb), Image.fromarray(grey)
    smooth = Image.fromarray(picture(27, 41, 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    transparent = Image.fromarray(np.dstack([rgb, alpha]))
    palette = colour.quantize(23)
    files = {
        "rgb.png": saved(colour, "PNG"),
        "rgba.png": saved(transparent, "PNG"),
        "grey.png": saved(mono, "PNG"),
        "grey-alpha.png": saved(Image.merge("LA", [mono, Image.fromarray(alpha)]), "PNG"),
        "palette.png": saved(palette, "PNG"),
        "palette-transparent.png": saved(palette, "PNG", transparency=3),
        "one-bit.png": saved(mono.convert("1"), "PNG"),
        "two-bit.png": png(8, 2, 2, 0, [b"\x1b\xe4", b"\x00\xff"]),
        "four-bit.png": png(6, 1, 4, 0, [b"\x0f\x5a\xc3"]),
        "short-palette.png": png(6, 1, 8, 3, [bytes([0, 1, 2, 3, 200, 1])], [(b"PLTE", bytes(range(40, 49)))]),
        "rgb16.png": png(7, 5, 16, 2, [np.ascontiguousarray(row[:, :3]).tobytes() for row in wide]),
        "rgba16.png": png(7, 5, 16, 6, [row.tobytes() for row in wide]),
        "grey-alpha16.png": png(7, 5, 16, 4, [np.ascontiguousarray(row[:, :2]).tobytes() for row in wide]),
        "interlaced.png": interlaced(rgb),
        "gamma.png": png(26, 19, 8, 0, [row.tobytes() for row in grey], [(b"gAMA", struct.pack(">I", 100000))]),
        "grey-transparent.png": png(26, 19, 8, 0, [row.tobytes() for row in grey], [(b"tRNS", b"\0\x40")]),
        "rgb-transparent.png": png(26, 19, 8, 2, [row.tobytes() for row in rgb], [(b"tRNS", b"\0\x40\0\x41\0\x42")]),
        "420.jpg": saved(smooth, "JPEG", quality=80, subsampling=2),
        "422.jpg": saved(smooth, "JPEG", quality=80, subsampling=1),
        "444.jpg": saved(smooth, "JPEG", quality=95, subsampling=0),
        "progressive.jpg": saved(smooth, "JPEG", quality=60, progressive=True),
        "grey.jpg": saved(smooth.convert("L"), "JPEG", quality=75),
        "cmyk.jpg": saved(Image.fromarray(picture(27, 41, 4), "CMYK"), "JPEG", quality=85),
        "stored-rgb.jpg": saved(smooth, "JPEG", quality=85, keep_rgb=True),
        "turned.jpg": saved(smooth, "JPEG", quality=70, exif=exif),
        "one-pixel.jpg": saved(Image.fromarray(picture(1, 1, 3)), "JPEG"),
    }
    expected = {}
    for name, data in files.items():
        (HERE / name).write_bytes(data)
        expected[name] = np.array(Image.open(io.BytesIO(data)).convert("RGB"))
    expected["gray of rgb.png"] = np.array(colour.convert("L"))[..., None]
    np.savez_compressed(HERE / "decoded.npz", **expected)
    # Pillow turns every 16-bit grey value above 255 white; the program keeps the high byte.
    data = png(7, 5, 16, 0, [np.ascontiguousarray(row[:, 0]).tobytes() for row in wide])
    (HERE / "grey16.png").write_bytes(data)
    np.save(HERE / "grey16.npy", np.repeat((wide[..., :1] >> 8).astype(np.uint8), 3, -1))


def resampling():
    source = picture(53, 67, 3)
    (HERE / "source.png").write_bytes(saved(Image.fromarray(source), "PNG"))
    expected = {}
    for width, height in ((31, 20), (67, 20), (20, 53), (1, 1), (72, 58), (5, 70)):
        for name, filter in (("bilinear", 2), ("bicubic", 3), ("nearest", 0)):
            resized = Image.fromarray(source).resize((width, height), filter)
            expected[f"{name} {height}x{width}"] = np.array(resized)
            if width != 31:
                continue
            one = Image.fromarray(source[..., 1]).resize((width, height), filter)
            expected[f"{name} {height}x{width} grey"] = np.array(one)[..., None]
        linear = cv2.resize(source, (width, height), interpolation=cv2.INTER_LINEAR)
        expected[f"opencv-bilinear {height}x{width}"] = linear
    np.savez_compressed(HERE / "resized.npz", **expected)
    even = source[:16, :22]
    np.savez_compressed(
        HERE / "halved.npz", source=even, halved=cv2.resize(even, (11, 8), interpolation=cv2.INTER_LINEAR))


def preprocessing():
    source = Image.open(HERE / "source.png").convert("RGB")
    mean = np.array([0.485, 0.456, 0.406], np.float32)
    std = np.array([0.229, 0.224, 0.225], np.float32)
    short = np.array(source.resize((32 * 67 // 53, 32), 3))
    top, left = round((32 - 27) / 2), round((short.shape[1] - 27) / 2)
    cropped = short[top : top + 27, left : left + 27]
    imagenet = (cropped.astype(np.float32) / np.float32(255) - mean) / std
    bgr = np.array(source.resize((24, 16), 2))[..., ::-1].astype(np.float32) - np.float32([104, 117, 123])
    scale = min(40 / 53, 48 / 67)
    width, height = round(67 * scale), round(53 * scale)
    field = np.full((40, 48, 3), 114, np.uint8)
    top, left = (40 - height) // 2, (48 - width) // 2
    field[top : top + height, left : left + width] = np.array(source.resize((width, height), 2))
    grey = np.array(source.convert("L").resize((28, 28), 2)).astype(np.float32) / np.float32(256)
    np.savez_compressed(
        HERE / "preprocessed.npz",
        imagenet=imagenet.transpose(2, 0, 1)[None],
        bgr=np.ascontiguousarray(bgr)[None],
        letterbox=(field.astype(np.float32) / np.float32(255)).transpose(2, 0, 1)[None],
        grey=grey[None, None],
    )


def arrays():
    values = np.arange(-12, 12).reshape(2, 3, 4)
    kinds = (("f2", "<f2"), ("f4", "<f4"), ("f8", "<f8"), ("f4-big", ">f4"), ("i4", "<i4"), ("i8-big", ">i8"))
    for name, kind in kinds:
        np.save(HERE / f"{name}.npy", values.astype(kind))
    np.save(HERE / "bool.npy", values % 2 == 0)
    np.save(HERE / "fortran.npy", np.asfortranarray(values.astype("<f4")))
    with open(HERE / "version3.npy", "wb") as file:
        np.lib.format.write_array(file, values.astype("<f4"), version=(3, 0))
    np.savez(HERE / "stored.npz", first=values.astype("<f4"), second=np.arange(2, dtype="<i8"))


decoding()
resampling()
preprocessing()
arrays()
