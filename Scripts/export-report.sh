#!/bin/sh
# Writes Reports/export/README.md: how exported networks do in onnxruntime and OpenVINO. Needs the evaluation data
# (QTOOL_DATA_ROOT) and the Python of `make venv`; takes a quarter of an hour.
set -eu
cd "$(dirname "$0")/.."
qtool=${QTOOL:-.build/release/qtool}
python=${QTOOL_PYTHON:-.venv/bin/python}
data=${QTOOL_DATA_ROOT:?expected the folder of the evaluation data}
export QTOOL_PYTHON="$python"
out=Reports/export/README.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
small="fashion_resnet mlperf_tiny_kws_dscnn mlperf_tiny_resnet8_cifar10 cifar10_resnet20 mnist_lenet_caffe_a"
large="squeezenet1.1 efficientnet_lite0 ultraface_slim-320 fastestdet_coco_352"

# shellcheck disable=SC2086 # the lists are words
"$python" Tests/Oracles/exported_decisions.py "$qtool" . "$data" 300 $small $large 2>"$folder/errors" >"$folder/decisions"
for name in $small $large; do
  model="$data/models/$name.onnx"
  [ "$name" = fashion_resnet ] && model=Datasets/fashion/fashion_resnet.onnx
  for kind in qdq:tensorrt qdq:onnxruntime qdq:openvino fp16:tensorrt bf16:tensorrt mixed:tensorrt mixed-bf16:tensorrt; do
    format=${kind%:*} target=${kind#*:}
    "$qtool" export "$model" --calibration "Calibration/$name.cache.json" --allow-missing --format "$format" \
      --target "$target" --verify --json -o "$folder/$name, $format $target.onnx" | tr '\n' ' ' >>"$folder/verification"
    echo >>"$folder/verification"
    rm -f "$folder/$name, $format $target.onnx"
  done
done
mkdir -p "$(dirname "$out")"
{
  cat Scripts/export-report.md
  echo
  echo "## Decisions"
  echo
  Scripts/export-table.py decisions <"$folder/decisions"
  echo
  echo "## Node by node"
  echo
  echo "What \`--verify\` finds, on seeded inputs. First column: the file, run by its own operators in the executor, against"
  echo "the simulation of the original network. Then onnxruntime without optimisations: how many values it computed, each"
  echo "node from the inputs that the executor had, the farthest of them in dB, and the whole network's outputs in dB."
  echo "NumPy has no arrays of bfloat16, so that networks with such inputs are not asked for there."
  echo
  Scripts/export-table.py verification <"$folder/verification"
} >"$folder/README.md"
mv "$folder/README.md" "$out"
