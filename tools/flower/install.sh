#!/usr/bin/env bash
# Puts the version of Flower that is tested into a virtual environment, FOLDER, and prints the folder of its programs:
#   install.sh FOLDER
# Where there is no Python that it runs on, or no package index, it says so and ends with 3.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: install.sh FOLDER" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
if [ ! -x "$1/bin/flower-superlink" ]; then
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo "install.sh: Flower needs Python 3.11 or newer" >&2
    exit 3
  }
  { python3 -m venv "$1" && "$1/bin/pip" install -q -r "$here/requirements.txt"; } >&2 || {
    echo "install.sh: Flower cannot be installed here" >&2
    rm -rf "$1"
    exit 3
  }
fi
cd "$1/bin" && pwd
