#!/bin/sh
# Make a virtual environment with the first Python on this machine that is new enough.
set -eu
venv=$1
for python in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
  command -v "$python" >/dev/null 2>&1 || continue
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python has no venv module: install your system's python3-venv package." >&2
    exit 1
  fi
  echo "Making $venv with $("$python" --version)…"
  exec "$python" -m venv --clear "$venv"
done
echo "Python 3.11 or newer is missing: install it, or name one with PYTHON=…" >&2
exit 1
