#!/bin/sh
# Writes Reports/export/README.md: how exported networks do in onnxruntime and OpenVINO. Needs the evaluation data
# (QTOOL_DATA_ROOT), the Python and the networks of `make venv`; takes half an hour.
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
# Those of Tests/networks.txt, with a number of samples.
public="ppocr_cls:300 ppocr_det:32 ppocr_rec:100 minilm:300"
large="squeezenet1.1 efficientnet_lite0 ultraface_slim-320 fastestdet_coco_352"

# shellcheck disable=SC2086 # the lists are words
"$python" Tests/Oracles/exported_decisions.py "$qtool" . "$data" 300 $small $large 2>"$folder/errors" >"$folder/decisions"
for item in $public; do
  "$python" Tests/Oracles/exported_decisions.py "$qtool" . "$data" "${item#*:}" "${item%:*}" \
    2>>"$folder/errors" >>"$folder/decisions"
done
# shellcheck disable=SC2086
for item in $small $large $public; do
  name=${item%:*}
  model="$data/models/$name.onnx"
  calibration="Calibration/$name.cache.json"
  shapes=
  case $item in
    fashion_resnet) model=Datasets/fashion/fashion_resnet.onnx ;;
    *:*)
      model=.venv/networks/$name.onnx
      calibration="$folder/$name.cache.json"
      "$python" Tests/Oracles/public_samples.py "$name" "$data" calib 64 "$folder/samples"
      "$qtool" calibrate "$model" --data "$folder/samples" --quiet -o "$folder/$name.cache"
      rm -rf "$folder/samples"
      ;;
  esac
  case $name in
    ppocr_cls) shapes="--input-shape x:1x3x48x192" ;;
    ppocr_rec) shapes="--input-shape x:1x3x48x160" ;;
    ppocr_det) shapes="--input-shape x:1x3x96x128" ;;
    minilm)
      for input in input_ids attention_mask token_type_ids; do shapes="$shapes --input-shape $input:1x12"; done
      ;;
  esac
  for kind in qdq:tensorrt qdq:onnxruntime qdq:openvino fp16:tensorrt bf16:tensorrt mixed:tensorrt mixed-bf16:tensorrt; do
    format=${kind%:*} target=${kind#*:}
    # shellcheck disable=SC2086
    "$qtool" export "$model" $shapes --calibration "$calibration" --allow-missing --format "$format" \
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
