#!/usr/bin/env bash
# Times qtool beside onnxruntime and writes Reports/benchmarks. The script to run may stand first, benchmark.py where it does
# not; the rest goes to the script, see --help there.
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
script=benchmark.py
if [[ ${1:-} == *.py ]]; then
  script=$1
  shift
fi
exec "$python" "Tests/Benchmarks/$script" "$@"
