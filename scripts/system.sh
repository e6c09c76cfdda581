#!/bin/sh
# See that what the tests drive is on this machine; install the system's where that is allowed.
set -eu

have() { command -v "$1" >/dev/null 2>&1; }
any() { for name in "$@"; do have "$name" && return 0; done; return 1; }
library() { # a shared library, wherever this system keeps them
  ldconfig -p 2>/dev/null | grep -q "$1" && return 0
  for path in /usr/lib/*/"$1"* /usr/lib/"$1"* /usr/lib64/"$1"*; do
    [ -e "$path" ] && return 0
  done
  return 1
}

packages="" # as Debian and its descendants name them
need() { packages="$packages $*"; }
[ -n "${OPENTILL_CHROMIUM:-}" ] || any chromium chromium-browser google-chrome google-chrome-stable ||
  need chromium fonts-dejavu-core
any "${OPENTILL_FIREFOX:-}" firefox-esr firefox || need firefox-esr
any "${OPENTILL_WEBKIT:-}" WebKitWebDriver || need webkit2gtk-driver
any "${OPENTILL_XVFB:-}" Xvfb || need xvfb
any "${OPENTILL_ELECTRUM:-}" electrum || need electrum python3-electrum
any "${OPENTILL_LITECOIND:-}" litecoind || need litecoind
library libzbar.so.0 || need libzbar0
# The tests take minutes less with it, and nothing is missing without.
wish=""
[ -n "${OPENTILL_CHROMIUM:-}" ] || have chromium-headless-shell || wish=chromium-headless-shell
offered() { [ -n "$wish" ] && have apt-cache && apt-cache show "$wish" >/dev/null 2>&1; }
[ -n "$packages" ] || offered || exit 0

if have apt-get; then
  if [ "$(id -u)" = 0 ]; then
    as_root=""
  elif sudo -n true 2>/dev/null; then
    as_root="sudo -n"
  else
    as_root="no"
  fi
  if [ "$as_root" != no ]; then
    log=$(mktemp)
    $as_root apt-get update >"$log" 2>&1 || true
    offered || wish=""
    echo "Installing the system's$packages $wish…"
    if $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y \
      --no-install-recommends $packages $wish >>"$log" 2>&1; then
      rm -f "$log"
      exit 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
  fi
fi
[ -n "$packages" ] || exit 0
echo "Missing here, as Debian names them:$packages. Install what your system calls so." >&2
exit 1
