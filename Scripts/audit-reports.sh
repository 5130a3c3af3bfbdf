#!/bin/sh
# Writes the reports in Reports/audits: the bundled network with pictures, the networks of the evaluation data and a
# sentence encoder (`make venv` fetches it) without. Usage: QTOOL_DATA_ROOT=... Scripts/audit-reports.sh [program]
set -eu
cd "$(dirname "$0")/.."
program=${1:-.build/release/qtool}
out=Reports/audits
mkdir -p "$out"

audit() {
  name=$1
  shift
  "$program" fp16-audit "$@" --report "$out/$name.md" --quiet
}

audit fashion_resnet-bf16 --recipe Calibration/fashion_resnet.yaml --samples 200 --type bf16 --min-sqnr 45 \
  --report "$out/fashion_resnet-bf16.html"
if [ -n "${QTOOL_DATA_ROOT:-}" ]; then
  audit cifar10_resnet20-fp16 --recipe Calibration/cifar10_resnet20.yaml --no-pictures
  audit mlperf_tiny_kws_dscnn-fp16 --recipe Calibration/mlperf_tiny_kws_dscnn.yaml --no-pictures
  audit efficientnet_lite0-fp16 --recipe Calibration/efficientnet_lite0.yaml --samples 64 --no-pictures
  audit efficientnet_lite0-bf16 --recipe Calibration/efficientnet_lite0.yaml --samples 48 --no-pictures \
    --type bf16 --max-flips 0 --min-sqnr 35
fi
# No text: random words, so that the figures can be had again without a vocabulary.
if [ -f .venv/networks/minilm.onnx ]; then
  tokens=Reports/out/tokens
  .venv/bin/python Scripts/random-tokens.py "$tokens"
  audit minilm-fp16 .venv/networks/minilm.onnx --data "$tokens"
fi
