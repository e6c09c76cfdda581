#!/bin/sh
# See that a Chromium is on this machine; install the system's where that is allowed.
set -eu
[ -n "${OPENTILL_CHROMIUM:-}" ] && exit 0
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1; then
  if [ "$(id -u)" = 0 ]; then
    as_root=""
  elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
  else
    as_root="no"
  fi
  if [ "$as_root" != no ]; then
    echo "Installing the system's Chromium…"
    log=$(mktemp)
    if $as_root apt-get update >"$log" 2>&1 &&
      $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
        --no-install-recommends chromium fonts-dejavu-core >>"$log" 2>&1; then
      rm -f "$log"
      exit 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
  fi
fi
echo "Chromium is missing: install your system's chromium package, or set OPENTILL_CHROMIUM." >&2
exit 1
