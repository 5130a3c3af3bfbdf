#!/usr/bin/env python3
"""Turns lines of JSON into the tables of Reports/export.

usage: export-table.py decisions|verification < LINES

`decisions`: what Tests/Oracles/exported_decisions.py prints. `verification`: records of `qtool export --verify`, a line each.
"""

import json
import os
import sys


def decibels(value):
    return "equal" if value is None else f"{value:.1f}"


def decisions(lines):
    print("| network | target | decisions | onnxruntime, node by node | onnxruntime, optimised | OpenVINO |")
    print("|:--|:--|--:|--:|--:|--:|")
    for item in lines:
        count = f"{item['decisions']}" + (f" ({item['objects']} objects)" if "objects" in item else "")
        own = {"onnxruntime": "fused", "openvino": "openvino"}.get(item["target"])
        figures = {key: f"{item[key][0]} · {decibels(item[key][1])}" for key in ("plain", "fused", "openvino")}
        cells = " | ".join(f"**{text}**" if key == own else text for key, text in figures.items())
        print(f"| {item['network']} | {item['target']} | {count} | {cells} |")


def verification(lines):
    print("| file | against the prediction | values | farthest value | the whole network |")
    print("|:--|--:|--:|--:|--:|")
    for item in lines:
        found = item["verification"]
        name = os.path.basename(item["output"]).removesuffix(".onnx")
        prediction = decibels(found.get("prediction_decibels"))
        if found["compared_values"]:
            cells = f"{found['compared_values']} | {decibels(found.get('worst_decibels'))} | {decibels(found.get('whole_decibels'))}"
        else:
            cells = "not asked | | "
        print(f"| {name} | {prediction} | {cells} |")


lines = [json.loads(line) for line in sys.stdin if line.startswith("{")]
{"decisions": decisions, "verification": verification}[sys.argv[1]](lines)
