#!/usr/bin/env bash
# Times qtool beside onnxruntime and writes Reports/benchmarks. What it is given goes to benchmark.py; see --help there.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${QTOOL_PYTHON:-.venv/bin/python}
if [ ! -x "$python" ]; then
  echo "$python: expected a Python with onnxruntime, found none; run 'make venv' or set QTOOL_PYTHON" >&2
  exit 66
fi
if [ ! -x .build/release/qtool ]; then
  echo ".build/release/qtool: expected the program, found none; run 'make build'" >&2
  exit 66
fi
exec "$python" Tests/Benchmarks/benchmark.py "$@"
