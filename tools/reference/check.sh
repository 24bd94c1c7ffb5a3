#!/usr/bin/env bash
# Replays short runs in PyTorch: every pair of module and alignment loss under two presets, FedAvg, single options, and the
# other methods.
#
#   tools/reference/check.sh CACHE [PYTHON]
#
# Prints a line per run; exit code 1 if any disagrees. Needs bin/fedpurel, and a Python with torch and numpy.
set -uo pipefail
if [ $# -lt 1 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
cache=$1 python=${2:-python3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
check() {
  rm -rf "$work"/run "$work"/trace
  if "${FEDPUREL:-$here/../../bin/fedpurel}" train --cache "$cache" --out "$work/run" --trace "$work/trace" --rounds 3 --imbalance 100 --quiet "$@" > /dev/null &&
    "$python" "$here/replay.py" --cache "$cache" --run "$work/run" --trace "$work/trace" > "$work/out"; then
    verdict=agrees
  else
    verdict=DISAGREES failed=1
  fi
  printf '%-9s %-9s %s\n' "$verdict" "$(awk '/relative/ && $7 + 0 > m {m = $7 + 0} END {print m}' m=0 "$work/out")" "$*"
}
for module in gate lora text-shift; do
  for align in tkl kl; do
    for preset in released default; do
      check --module "$module" --align "$align" --preset "$preset"
    done
  done
  check --module "$module" --method fedavg
done
check --module gate --method fedavg --preset released
check --module gate --scope global
check --module gate --align lskd
check --module linear
check --module residual
check --module text-class
check --module gate --method local
check --module lora --personal-rounds 2
check --module gate --personal-start zeroshot
check --module linear --scope row
check --module lora --method fedavg --schedule cosine
check --module lora-head --method fedrep --schedule cosine
for method in fedprox ditto scaffold fedper fedrep fedrod creff; do
  check --module lora-head --method $method
  check --module linear --method $method --epochs 2
done
check --module linear --method creff --creff-start normal
check --module gate --method fedclip
check --module lora --method fedclip --epochs 2
check --module gate --method feddyn --dyn-alpha 0.5
check --module linear --method feddyn --dyn-alpha 0.5 --epochs 2
check --module lora-head --method apfl
check --module linear --method apfl --apfl-adaptive --epochs 2
check --module gate --method pfedme --schedule cosine
check --module linear --method pfedme --pfedme-restart --pfedme-beta 1.5 --epochs 2
for method in fedsa ffa fedex; do
  check --module lora --method $method
  check --module lora-head --method $method
done
check --module text-shift --method promptfl
check --module text-shift --method promptfolio
check --module text-lora --method promptfolio
check --module text-shift --method fedpgp
check --module text-class --method fedpgp --epochs 2
# Inside the built-in encoder. For lora-vision CACHE needs tokens: featurize --tokens 1, or more.
for method in fedpurel fedavg promptfl promptfolio; do
  check --module prompt --method $method
done
check --module prompt --preset paper --personal-rounds 1
check --module prompt-class
if [ -e "$cache/train.tokens.00000.npy" ]; then
  for method in fedpurel fedavg fedsa ffa; do
    check --module lora-vision --blocks "$(sed -n 's/.*"blocks": *\([0-9]*\).*/\1/p' "$cache/manifest.json")" --method $method
  done
fi
exit $failed
