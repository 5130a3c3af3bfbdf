#!/usr/bin/env python3
"""Writes inputs for a sentence encoder of BERT's vocabulary: random words, padded, with a mask. The same every time.

usage: random-tokens.py FOLDER [COUNT]
"""

import os
import random
import sys

import numpy as np

FIRST, LAST, SEPARATOR, LONGEST = 1996, 29000, (101, 102), 48

folder = sys.argv[1]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 16
source = random.Random(1810)
os.makedirs(folder, exist_ok=True)
for sentence in range(count):
    length = source.randint(8, LONGEST - 2)
    words = [SEPARATOR[0]] + [source.randint(FIRST, LAST) for _ in range(length)] + [SEPARATOR[1]]
    ids = np.zeros((1, LONGEST), np.int64)
    ids[0, : len(words)] = words
    mask = (np.arange(LONGEST) < len(words)).astype(np.int64)[None]
    np.savez(
        os.path.join(folder, f"s{sentence:02}.npz"), input_ids=ids, attention_mask=mask,
        token_type_ids=np.zeros_like(ids))
