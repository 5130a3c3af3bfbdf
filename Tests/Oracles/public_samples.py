"""Makes samples for the public networks of Tests/networks.txt, as they are used: text on pictures, and sentences.

The text is drawn with the font that comes with Pillow, in random words, sizes and colours, on pieces of the pictures of
the evaluation data. Sentences are token ids of frequent words, in pairs that say nearly the same.

usage: public_samples.py NETWORK DATA-ROOT calib|val COUNT FOLDER      writes a .npz file for each sample
"""

import os
import pathlib
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFont

NETWORKS = ("ppocr_det", "ppocr_rec", "ppocr_cls", "minilm")

WORDS = (
    "time people water 2024 light Station market 17:45 open Exit north river house No.9 garden Street 365 paper music "
    "Coffee window green Hotel bridge 08:30 school closed ticket Gate B12 summer price 4.99 winter Museum east 100%"
).split()

# BERT's ids of its uncased vocabulary: [CLS], [SEP], and the range of its most frequent words.
BEGIN, END, FIRST_WORD, WORD_COUNT = 101, 102, 1996, 4000


def backgrounds(data_root, split):
    files = sorted((pathlib.Path(data_root) / "datasets/coco128/images" / split).glob("*.jpg"))
    return [Image.open(file).convert("RGB") for file in files]


def background(random, pictures, width, height):
    """A piece of a picture, paled so that text can be read on it."""
    picture = pictures[random.integers(len(pictures))]
    extent = min(picture.width, picture.height * width // height)
    left, top = random.integers(picture.width - extent + 1), random.integers(picture.height - extent * height // width + 1)
    piece = picture.crop((left, top, left + extent, top + extent * height // width)).resize((width, height))
    return Image.blend(piece, Image.new("RGB", (width, height), (235, 232, 225)), random.uniform(0.3, 0.8))


def draw(random, picture, box):
    """Words on one line, as many as the box has room for."""
    left, top, right, bottom = box
    font = ImageFont.load_default(int((bottom - top) * random.uniform(0.6, 0.8)))
    text = str(random.choice(WORDS))
    for word in random.choice(WORDS, 6):
        if font.getlength(f"{text} {word}") > right - left - 8:
            break
        text += f" {word}"
    colour = tuple(int(value) for value in random.integers(0, 110, 3))
    ImageDraw.Draw(picture).text((left + 4, (top + bottom) / 2), text, colour, font, anchor="lm")


def network_input(picture, mean, std):
    """As PaddleOCR prepares pictures: BGR, 0…1, less the mean, by the deviation."""
    pixels = np.asarray(picture, np.float32)[:, :, ::-1] / np.float32(255)
    return ((pixels - np.float32(mean)) / np.float32(std)).transpose(2, 0, 1)[None].astype(np.float32)


def ocr_sample(network, random, pictures):
    if network == "ppocr_det":
        picture = background(random, pictures, 224, 160)
        for top in range(int(random.integers(4, 20)), 120, 44):
            if random.random() < 0.8:
                draw(random, picture, (int(random.integers(4, 60)), top, 220, top + int(random.integers(20, 40))))
        return network_input(picture, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    width = 192 if network == "ppocr_cls" else int(random.choice([96, 160, 256]))
    picture = background(random, pictures, width, 48)
    draw(random, picture, (0, 4, width, 44))
    if network == "ppocr_cls" and random.random() < 0.5:
        picture = picture.transpose(Image.Transpose.ROTATE_180)
    return network_input(picture, [0.5] * 3, [0.5] * 3)


def sentences(random, count):
    """Pairs of sentences that say nearly the same, as a search finds them: a word is replaced, two change places."""
    while count > 0:
        words = random.integers(FIRST_WORD, FIRST_WORD + WORD_COUNT, random.integers(5, 12))
        common = random.random(len(words)) < 0.4
        words[common] = random.integers(FIRST_WORD, FIRST_WORD + 50, common.sum())
        other = words.copy()
        other[random.integers(len(words))] = random.integers(FIRST_WORD, FIRST_WORD + WORD_COUNT)
        first, second = random.choice(len(words), 2, replace=False)
        other[[first, second]] = other[[second, first]]
        for own in (words, other)[:count]:
            ids = np.concatenate([[BEGIN], own, [END]])[None].astype(np.int64)
            yield {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        count -= 2


def samples(network, data_root, split, count):
    """Inputs by name, for each of `count` samples; `split` is `calib` or `val`, which have nothing in common."""
    random = np.random.default_rng([NETWORKS.index(network), split == "val"])
    if network == "minilm":
        return list(sentences(random, count))
    pictures = backgrounds(data_root, split)
    return [{"x": ocr_sample(network, random, pictures)} for _ in range(count)]


def store(samples, folder):
    os.makedirs(folder)
    for place, sample in enumerate(samples):
        np.savez(f"{folder}/{place:06}.npz", **sample)


if __name__ == "__main__":
    store(samples(*sys.argv[1:4], int(sys.argv[4])), sys.argv[5])
