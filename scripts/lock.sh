#!/bin/sh
# Write the lock files anew. They name versions and checksums, and nowhere to fetch them from.
set -eu
compile() {
  uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate \
    --custom-compile-command "make lock" "$@"
}
compile --group pyproject.toml:build --output-file requirements-build.lock
compile pyproject.toml --output-file requirements.lock
compile pyproject.toml --group dev --constraints requirements.lock \
  --output-file requirements-dev.lock
npm install --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error
if grep -n '"resolved"' package-lock.json; then
  echo "package-lock.json names where packages were fetched from: see .npmrc" >&2
  exit 1
fi
