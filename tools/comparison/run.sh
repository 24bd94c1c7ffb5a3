#!/usr/bin/env bash
# The comparison: methods over data seeds and training seeds, and the report with intervals.
#
#   tools/comparison/run.sh all   CACHE OUT [options of compare]
#   tools/comparison/run.sh short CACHE OUT [options of compare]
#
# Leaves OUT/runs and OUT/report; run again, it keeps what is finished. `all` is every method, those that need a module
# of a kind beside FedAvg on the same one; `short` the arms that a table of several data sets has room for.
set -euo pipefail
if [ $# -lt 3 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
list=$1 cache=$2 out=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
program=${FEDPUREL:-$here/../../bin/fedpurel}
short=zeroshot,fedavg,fedavg+wise,fedavg+la,fedavg+residual,fedavg+la+residual,ditto,fedpurel,fedpurel+la
case $list in
all)
  rest=local,fedprox,scaffold,fedsa,ffa,fedex,fedavg+la-post,fedavg+fedlc,fedavg+la-local,fedavg+la-local+residual
  set -- --methods "$short,$rest" --variants "$here/modules.json" "$@"
  ;;
short) set -- --methods "$short" "$@" ;;
*)
  echo "run.sh: unknown list $list; known: all, short" >&2
  exit 2
  ;;
esac
"$program" compare --cache "$cache" --data-seeds 1-5 --seeds 1-2 --eval-every 10 --out "$out/runs" --resume "$@"
"$program" report "$out/runs" --out "$out/report"
