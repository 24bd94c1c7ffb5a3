#!/usr/bin/env python3
"""Replays a traced run of fedpurel in PyTorch, with autograd and in float64, and compares all that it learned.

    fedpurel train --cache CACHE --out RUN --rounds 3 --trace TRACE [options]
    python3 tools/reference/replay.py --cache CACHE --run RUN --trace TRACE

Initial weights, cohorts, batches, dropout masks and other draws come from the trace; everything else (modules, losses,
gradients, projection, optimizer, averages, what clients and server keep) is written here a second time, from the
equations: module.py, losses.py, methods.py, personal.py, creff.py. Prints the largest difference per tensor, relative to the tensor's largest
entry and to how far training moved it. Exit code 1 if any exceeds --tolerance. Needs torch and numpy.
"""
import argparse
import json
import pathlib
import sys

import numpy as np

from creff import CReFF
from methods import FedAvg, FedCLIP, FedDyn, FedProx, FedPuReL, Local, Scaffold
from personal import APFL, Ditto, FFA, FedEx, FedPer, FedPGP, FedRep, FedRoD, PFedMe, PromptFolio
from recorded import Trace

METHODS = {
    "apfl": APFL, "creff": CReFF, "ditto": Ditto, "fedavg": FedAvg, "fedclip": FedCLIP, "feddyn": FedDyn, "fedex": FedEx,
    "fedper": FedPer, "fedpgp": FedPGP, "fedprox": FedProx, "fedpurel": FedPuReL, "fedrep": FedRep, "fedrod": FedRoD,
    "fedsa": FedPer, "ffa": FFA, "local": Local, "pfedme": PFedMe, "promptfl": FedAvg, "promptfolio": PromptFolio, "scaffold": Scaffold,
}
KINDS = {"shared": "global", "own": "server"}


def played(trace):
    """The method of a trace, after its rounds."""
    method = METHODS[trace.spec["method"]](trace)
    for r in sorted(trace.rounds):
        method.over = r / trace.spec["rounds"]
        method.round(trace.rounds[r])
    return method


def checkpoint(run):
    """The vectors that a run ends with: {(whose, name): vector}."""
    point = json.loads((run / "checkpoint/latest.json").read_text())
    read = lambda kind, name: np.load(run / f"checkpoint/round-{point['round']:06d}.{kind}-{name}.npy").astype(np.float64)
    held = {(kind, name): read(kind, name) for kind in ("shared", "own") for name in point.get(kind, {})}
    held.pop(("own", "momentum"), None)  # which the replay carries in the optimizer's own shape
    for name, of in point.get("kept", {}).items():
        held |= {(f"client {k}", name): row for k, row in zip(of["clients"], read("kept", name))}
    return point["round"], held


def parts(name, v, tensors):
    """A vector of parameters falls into tensors."""
    if v.size != sum(t["rows"] * t["cols"] for t in tensors):
        return {name: slice(None)}
    prefix = "" if name == "phi" else name + "/"
    return {prefix + t["name"]: slice(t["offset"], t["offset"] + t["rows"] * t["cols"]) for t in tensors}


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("cache", "run", "trace"):
        ap.add_argument("--" + name, type=pathlib.Path, required=True)
    ap.add_argument("--tolerance", type=float, default=1e-4)
    a = ap.parse_args()
    trace = Trace(a.cache, a.trace)
    spec = trace.spec
    if spec["method"] not in METHODS or spec.get("loss", "ce") != "ce":
        sys.exit(f"replay: it knows {', '.join(METHODS)} with the cross-entropy")
    replay = played(trace)

    rounds, theirs = checkpoint(a.run)
    ours = {("shared", name): v.numpy() for name, v in replay.shared().items()}
    ours |= {("own", name): v.numpy() for name, v in replay.own().items()}
    for name, of in replay.kept.items():
        ours |= {(f"client {k}", name): v.numpy() for k, v in of.items()}
    if theirs.keys() != ours.keys():
        sys.exit(f"replay: vectors differ: {sorted(theirs.keys() ^ ours.keys())}")
    initial, worst = trace.initial.numpy(), {}
    for whose, name in theirs:
        go, own = theirs[whose, name], ours[whose, name]
        for tensor, part in parts(name, own, trace.tensors).items():
            diff, size = np.abs(go[part] - own[part]).max(), np.abs(own[part]).max()
            moved = np.abs(own[part] - initial[part]).max() if own.size == initial.size and name == "phi" else size
            row = worst.setdefault((KINDS.get(whose, "personal"), tensor), [0.0, 0.0])
            row[0], row[1] = max(row[0], diff / max(size, 1e-30)), max(row[1], diff / max(moved, 1e-30))
    failed = False
    for (kind, name), (size, moved) in worst.items():
        failed |= not size <= a.tolerance
        print(f"{kind:9} {name:12} relative to its entries {size:.1e}, to its movement {moved:.1e}")
    print("disagrees" if failed else f"agrees: {len(ours)} vectors after {rounds} rounds, tolerance {a.tolerance:g}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
