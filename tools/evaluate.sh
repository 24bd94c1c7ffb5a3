#!/usr/bin/env bash
# Compares methods on a cache over five seeds and writes a balancedness report, with the commands only.
#
#   tools/evaluate.sh CACHE OUT [options of `fedpurel compare`]
#
# OUT/runs holds the runs, OUT/report the tables and figures, OUT/balancedness.csv balancedness for several constants.
# Run again, it keeps the runs that are finished.
set -euo pipefail
if [ $# -lt 2 ]; then
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
cache=$1 out=$2
shift 2
here=$(cd "$(dirname "$0")/.." && pwd)
fedpurel=${FEDPUREL:-$here/bin/fedpurel}
[ -x "$fedpurel" ] || { echo "evaluate: $fedpurel is missing; run make build" >&2; exit 1; }
mkdir -p "$out"
"$fedpurel" compare --cache "$cache" --out "$out/runs" --seeds 1-5 --resume "$@"
"$fedpurel" report "$out/runs" --out "$out/report"
runs=$(cd "$out/runs" && pwd)
(cd "$here" && go run ./tools/balancedness -csv "$runs") > "$out/balancedness.csv"
echo "$out/balancedness.csv"
