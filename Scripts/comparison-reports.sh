#!/bin/sh
# Writes the reports in Reports/comparison: the bundled network with pictures, the networks of the evaluation data
# (QTOOL_DATA_ROOT) without.
set -eu
cd "$(dirname "$0")/.."
qtool=${QTOOL:-.build/release/qtool}
out=Reports/comparison

compare() {
  name=$1
  shift
  "$qtool" compare --recipe "Calibration/$name.yaml" --method mse --report "$out/$name.html" \
    --json-report "$out/$name.json" "$@"
}

compare fashion_resnet --layers --sweep method=max,percentile,entropy,mse,auto samples=5,10,50,200 --max-drop 1%
if [ -z "${QTOOL_DATA_ROOT:-}" ]; then
  echo "skipped the other networks: QTOOL_DATA_ROOT names no folder" >&2
  exit 0
fi
compare cifar10_resnet20 --no-pictures --layers
compare mlperf_tiny_resnet8_cifar10 --no-pictures --layers
compare mlperf_tiny_kws_dscnn --no-pictures --layers
compare mnist_lenet_caffe_a --no-pictures --layers
compare fastestdet_coco_352 --no-pictures
compare efficientnet_lite0 --no-pictures
compare squeezenet1.1 --no-pictures
