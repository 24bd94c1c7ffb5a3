#!/usr/bin/env bash
# Exports true architectures with random weights, featurizes a folder of pictures with each, and compares with PyTorch.
#
#   tools/reference/models.sh PICTURES [PYTHON [ARCH...]]
#
# By default ViT-B-32, ViT-B-16 and ViT-L-14 (1.7 GB on disk). Exit code 1 if any disagrees.
# Needs bin/fedpurel, and a Python with what requirements-models.txt lists.
set -uo pipefail
if [ $# -lt 1 ]; then
  sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
pictures=$1 python=${2:-python3}
shift; shift || true
[ $# -gt 0 ] || set -- ViT-B-32 ViT-B-16 ViT-L-14
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for arch; do
  rm -rf "$work"/model "$work"/cache
  "$python" "$here/../export_clip.py" --random "$arch" --out "$work/model" 2> "$work/log" &&
    "${FEDPUREL:-$here/../../bin/fedpurel}" featurize --data "$pictures" --model "$work/model" --out "$work/cache" --quiet > /dev/null &&
    "$python" "$here/features.py" --random "$arch" --data "$pictures" --cache "$work/cache" 2>> "$work/log" | sed "s/^/$arch /" ||
    { failed=1; echo "$arch DISAGREES"; tail -3 "$work/log"; }
done
exit $failed
