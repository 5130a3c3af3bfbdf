#!/usr/bin/env bash
# Runs a calibration on processors older than this one, through Debian's qemu-user: no instruction may be missing, and
# the bytes must be those that the same kernels give here. Takes a minute or two.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=${QTOOL:-.build/release/qtool}
emulator=$(command -v qemu-x86_64 || true)
if [ -z "$emulator" ]; then
  echo "qemu-x86_64: expected the emulator, found none; run 'apt-get install qemu-user'" >&2
  exit 66
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Processor, our kernels and OpenBLAS's kernels that it should choose.
for case in "Nehalem baseline Nehalem" "Haswell v3 Haswell"; do
  read -r processor kernels blas <<<"$case"
  run=(calibrate --recipe Calibration/fashion_resnet.yaml --samples 4 --threads 1 --quiet -o)
  env -u OPENBLAS_CORETYPE -u QTOOL_KERNELS \
    "$emulator" -cpu "$processor" "$program" "${run[@]}" "$folder/emulated.cache"
  OPENBLAS_CORETYPE=$blas QTOOL_KERNELS=$kernels "$program" "${run[@]}" "$folder/here.cache"
  cmp "$folder/emulated.cache" "$folder/here.cache"
  echo "$processor: ran on $kernels kernels, the bytes are the same"
done
