#!/usr/bin/env bash
# Installs the system libraries that qtool links, where the user may; else prints the command that does it.
set -euo pipefail

declare -A packages=([openblas]=libopenblas-dev [libturbojpeg]=libturbojpeg0-dev [libpng]=libpng-dev [zlib]=zlib1g-dev)
missing=()
command -v pkg-config >/dev/null || missing+=(pkg-config)
for module in "${!packages[@]}"; do
  command -v pkg-config >/dev/null && pkg-config --exists "$module" || missing+=("${packages[$module]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get install --yes --no-install-recommends ${missing[*]}"
if ! command -v apt-get >/dev/null; then
  echo "qtool needs: ${missing[*]} (Debian's names); install them with this system's package manager" >&2
  exit 1
elif [ "$(id -u)" -eq 0 ]; then
  run=()
elif sudo --non-interactive true 2>/dev/null; then
  run=(sudo)
else
  echo "qtool needs libraries that are not installed; run: sudo $install" >&2
  exit 1
fi
echo "installing: ${missing[*]}" >&2
"${run[@]}" apt-get update --quiet=2
DEBIAN_FRONTEND=noninteractive "${run[@]}" $install >/dev/null
