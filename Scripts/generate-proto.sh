#!/bin/sh
# Makes Sources/OnnxProto/onnx.pb.swift from onnx.proto, with Debian's protoc (package protobuf-compiler) and the
# protoc-gen-swift of the swift-protobuf that Package.swift resolves to, so that generated code and library agree.
set -eu
cd "$(dirname "$0")/.."

if ! command -v protoc >/dev/null; then
  echo "generate-proto.sh: expected the program protoc, found none; install it: apt-get install protobuf-compiler" >&2
  exit 69
fi

swift package resolve
build="swift build -c release --product protoc-gen-swift --package-path .build/checkouts/swift-protobuf --scratch-path .build/protoc-gen-swift"
$build
plugin="$($build --show-bin-path)/protoc-gen-swift"

# --swift_opt=Visibility=Package: no protobuf type leaves the package.
protoc --plugin="protoc-gen-swift=$plugin" --proto_path=Sources/OnnxProto \
  --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true --swift_out=Sources/OnnxProto onnx.proto
