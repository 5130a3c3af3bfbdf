"""Reads calibration tables with onnxruntime's own classes and writes them again with its own writer.

usage: calibration_tables.py FOLDER

FOLDER holds calibration.json, calibration.flatbuffers, calibration.cache and quantize.json, all of the same tensors.
Prints `NAME<tab>LOWEST<tab>HIGHEST<tab>FLATBUFFERS' VALUE<tab>CACHE'S VALUE` for each, and writes the first three again
to FOLDER/again and the last to FOLDER/again/quantize.json.
"""

import json
import os
import sys

from onnxruntime.quantization.CalTableFlatBuffers.TrtTable import TrtTable
from onnxruntime.quantization.calibrate import TensorData, load_tensors_data, save_tensors_data
from onnxruntime.quantization.quant_utils import write_calibration_table


def main(folder):
    with open(f"{folder}/calibration.json") as file:
        tensors = {name: TensorData.from_dict(value) for name, value in json.load(file).items()}
    with open(f"{folder}/calibration.flatbuffers", "rb") as file:
        table = TrtTable.GetRootAsTrtTable(file.read(), 0)
    entries = [table.Dict(index) for index in range(table.DictLength())]
    flat = {entry.Key().decode(): entry.Value().decode() for entry in entries}
    with open(f"{folder}/calibration.cache") as file:
        cache = dict(line.rstrip("\n").rsplit(" ", 1) for line in file)
    quantize = load_tensors_data(f"{folder}/quantize.json")
    for name, tensor in tensors.items():
        lowest, highest = tensor.range_value
        assert quantize[name].range_value == (lowest, highest), name
        print(name, lowest.item(), highest.item(), float(flat[name]), float(cache[name]), sep="\t")
    assert len(flat) == len(cache) == len(tensors) == len(quantize.data)
    os.mkdir(f"{folder}/again")
    write_calibration_table(tensors, f"{folder}/again")
    save_tensors_data(quantize, f"{folder}/again/quantize.json")


if __name__ == "__main__":
    main(sys.argv[1])
