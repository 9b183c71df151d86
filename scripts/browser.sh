#!/usr/bin/env bash
# Debian's Chromium and ffprobe for the tests that watch a film play; what is there already stays as it is.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v ffprobe >/dev/null || missing+=(ffmpeg)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "browser: ${missing[*]} cannot be installed here (that needs Debian and root); the tests that need it will say so"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get install --yes --quiet --no-install-recommends "${missing[@]}" >/dev/null || {
  apt-get update --quiet >/dev/null
  apt-get install --yes --quiet --no-install-recommends "${missing[@]}" >/dev/null
}
