#!/usr/bin/env python3
"""Makes the golden files that the Go tests compare with: a small problem, and PyTorch's parameters after short runs on it.

    python3 tools/reference/golden.py --fedpurel bin/fedpurel --out cmd/fedpurel/testdata/golden

Needs torch and numpy. Go draws initial weights, batches and dropout masks, which the trace records; PyTorch computes the rest.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np

import replay
from recorded import Trace

DIM, CLASSES = 8, 5
COMMON = ["--rounds", "3", "--clients", "4", "--fraction", "0.5", "--imbalance", "8", "--batch", "16", "--lr", "0.02"]
FEDPUREL, LOW_RANK, RESIDUAL = ["--personal-lr", "0.05"], ["--rank", "2", "--alpha", "4"], ["--hidden", "6"]
RUNS = [["--module", m, "--align", a, "--preset", p] for m in ("gate", "lora", "text-shift") for a in ("tkl", "kl") for p in ("released", "default")]
RUNS += [["--module", m, "--method", "fedavg"] for m in ("gate", "lora", "text-shift")]
RUNS += [["--module", "linear"], ["--module", "residual"], ["--module", "text-class"], ["--module", "text-lora"], ["--module", "gate", "--align", "lskd", "--scope", "global"]]


def sized(options):
    """The options that only some methods and modules read."""
    own = [] if "--method" in options else FEDPUREL
    if "lora" in options or "text-lora" in options:
        own = own + LOW_RANK
    return own + (RESIDUAL if "residual" in options else [])


def problem(out):
    rng = np.random.default_rng(7)
    centre = rng.standard_normal((CLASSES, DIM))
    text = centre + 0.8 * rng.standard_normal((CLASSES, DIM))
    np.save(out / "text.npy", (text / np.linalg.norm(text, axis=1, keepdims=True)).astype(np.float32))
    for split, n in ("train", 60), ("test", 10):
        y = np.repeat(np.arange(CLASSES), n)
        np.save(out / f"{split}_x.npy", (centre[y] + 1.1 * rng.standard_normal((len(y), DIM))).astype(np.float32))
        np.save(out / f"{split}_y.npy", y.astype(np.int32))


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--fedpurel", required=True)
    ap.add_argument("--out", type=pathlib.Path, required=True)
    a = ap.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    problem(a.out)
    golden = []
    with tempfile.TemporaryDirectory() as tmp:
        tmp = pathlib.Path(tmp)
        subprocess.run([a.fedpurel, "cache", "import", "--out", tmp / "cache", "--logit-scale", "10", "--text-features", a.out / "text.npy"]
                       + [x for s in ("train", "test") for x in (f"--{s}-features", a.out / f"{s}_x.npy", f"--{s}-labels", a.out / f"{s}_y.npy")], check=True, stdout=subprocess.DEVNULL)
        for i, options in enumerate(RUNS):
            trace, options = tmp / f"trace{i}", sized(options) + options
            subprocess.run([a.fedpurel, "train", "--cache", tmp / "cache", "--out", tmp / f"run{i}", "--trace", trace, "--quiet", *COMMON, *options], check=True, stdout=subprocess.DEVNULL)
            r = replay.played(Trace(tmp / "cache", trace))
            own = r.kept["phi"]
            first = min(own)
            numbers = lambda v: [float(f"{x:.9g}") for x in v.tolist()]
            golden.append({"options": COMMON + options, "global": numbers(r.phi), "client": first, "personal": numbers(own[first])})
    (a.out / "golden.json").write_text("[\n" + ",\n".join(json.dumps(g) for g in golden) + "\n]\n")


if __name__ == "__main__":
    main()
