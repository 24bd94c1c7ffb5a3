#!/usr/bin/env bash
# Prints the path of a Chromium, installing Debian's where none is and this user may; otherwise says why not and fails.
set -euo pipefail
for name in "${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable; do
	if [ -n "$name" ] && command -v "$name"; then
		exit
	fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	{ apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends chromium; } >&2 || true
	command -v chromium && exit
fi
echo "no Chromium here: install it, or set CHROME to its path" >&2
exit 1
