#!/usr/bin/env bash
# Builds Tests/ExamplePackage as a repository of its own would: qtool is a dependency by URL and version, a tagged clone of
# what is committed here. Then runs it on the bundled network. Builds everything anew: takes minutes.
#
# usage: Scripts/example-from-tag.sh [FOLDER]      FOLDER keeps the clone, the package and what it wrote
set -euo pipefail
cd "$(dirname "$0")/.."
root="$PWD"
if [ $# -gt 0 ]; then
  mkdir -p "$1"
  folder="$(cd "$1" && pwd)"
else
  folder="$(mktemp -d)"
  trap 'rm -rf "$folder"' EXIT
fi

# A version of its own for every commit: SwiftPM remembers what a version was.
version="0.0.1-g$(git rev-parse --short HEAD)"
rm -rf "$folder/qtool.git" "$folder/builder"
git clone --quiet --bare "$root" "$folder/qtool.git"
git -C "$folder/qtool.git" tag "$version" "$(git rev-parse HEAD)"

mkdir -p "$folder/builder" "$folder/out"
cp -R Tests/ExamplePackage/Sources "$folder/builder/"
dependency=".package(url: \"file://$folder/qtool.git\", exact: \"$version\")"
sed "s|\.package(name: \"qtool\", path: \"../..\")|$dependency|" Tests/ExamplePackage/Package.swift \
  > "$folder/builder/Package.swift"
grep --quiet --fixed-strings "$dependency" "$folder/builder/Package.swift"

swift run -c release --package-path "$folder/builder" EngineBuilder "$root/Calibration/fashion_resnet.yaml" \
  "$folder/out" "$root/Datasets/fashion/fashion_resnet.onnx"
