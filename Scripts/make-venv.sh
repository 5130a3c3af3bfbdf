#!/usr/bin/env bash
# Makes .venv with the pinned Python packages that the tests compare with; does nothing where it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=Tests/requirements.txt
stamp=.venv/requirements.txt
cmp --silent "$requirements" "$stamp" && exit 0

if ! python3 -c 'import ensurepip' 2>/dev/null; then
  # Debian ships the module that fills a virtual environment apart.
  if [ "$(id -u)" -eq 0 ]; then
    apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3-venv >/dev/null
  else
    echo "the tests need Python's venv module; run: sudo apt-get install --yes python3-venv" >&2
    exit 1
  fi
fi
echo "setting up .venv for the tests" >&2
rm -rf .venv
python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$stamp"
