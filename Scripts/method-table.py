#!/usr/bin/env python3
"""Prints the tables of methods and samples that records made with `--evidence methods` hold, and reports of
`compare --sweep`.

    Scripts/method-table.py net.cache.json ... sweep.json ...
"""
import json
import sys

SHOWN = (10, 50, 200, 500)



def show_sweep(report, table):
    """The decisions of the simulated INT8 network."""
    rows = table["rows"]
    counts = list(dict.fromkeys(row["samples"] for row in rows))
    print(f"\n## {report['title']}: INT8 decisions\n")
    print("| method | " + " | ".join(f"{n} samples" for n in counts) + " |")
    print("|:--|" + "--:|" * len(counts))
    for method in dict.fromkeys(row["method"] for row in rows):
        found = {row["samples"]: row for row in rows if row["method"] == method}
        cells = [f"{found[n]['metric']:.2%} ({found[n]['flips']}, {found[n]['sqnr']:.1f})" for n in counts]
        print(f"| {method} | " + " | ".join(cells) + " |")


for path in sys.argv[1:]:
    record = json.load(open(path))
    sweep = next((section for section in record.get("sections", []) if section["id"] == "sweep"), None)
    if sweep:
        show_sweep(record, sweep)
        continue
    entries = record["evidence"].get("methods")
    if not entries:
        sys.exit(f"{path}: expected a record made with --evidence methods, found another; calibrate again")
    counts = [n for n in SHOWN if any(e["samples"] == n for e in entries)]
    print(f"\n## {record['model']['file']}, {record['data']['samples']} samples, {len(record['tensors'])} tensors\n")
    print("| method | " + " | ".join(f"{n} samples" for n in counts) + " |")
    print("|:--|" + "--:|" * len(counts))
    for method in dict.fromkeys(e["method"] for e in entries):
        found = {e["samples"]: e for e in entries if e["method"] == method}
        cells = [f"{found[n]['mean_sqnr_db']:.2f} ({found[n]['least_sqnr_db']:.1f})" for n in counts]
        print(f"| {method} | " + " | ".join(cells) + " |")
