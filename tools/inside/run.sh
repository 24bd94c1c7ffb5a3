#!/usr/bin/env bash
# Exact prompts, and exact LoRA in all blocks of the image tower, beside their analogues on finished features: on some of
# the demonstration's pictures and the built-in model.
#
#   tools/inside/run.sh OUT [options of compare]
#
# Leaves OUT/runs and OUT/report; run again, it keeps what is finished.
set -euo pipefail
if [ $# -lt 1 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
out=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
program=${FEDPUREL:-$here/../../bin/fedpurel}
[ -d "$out/pictures" ] || "$program" sample --out "$out/pictures" --train 100 --test 50
"$program" featurize --data "$out/pictures" --model tiny --tokens 4 --out "$out/cache" --resume
"$program" compare --cache "$out/cache" --methods zeroshot --variants "$here/variants.json" --data-seeds 1-3 --seeds 1 \
  --rounds 30 --eval-every 30 --out "$out/runs" --resume "$@"
"$program" report "$out/runs" --out "$out/report"
