#!/usr/bin/env python3
"""How well class counts can be read off one update of a linear classifier, by several rules.

    fedpurel partition --cache CACHE --data-seed 1 --out PARTITION
    python3 tools/reference/prior.py --cache CACHE PARTITION...

Every client makes one epoch of plain SGD (batch 32) on the cross-entropy of s W x + b and answers with a number r for every class;
the server shares out its n_k samples in proportion to max(r, 1e-5), adds up, and gives each class at least 5. Printed are, as means
over the partitions, the cosine of the sum with the true counts, and the correlation of both logarithms, which is what logit
adjustment reads. In float64, with batches of its own; needs numpy.
"""
import argparse
import json
import pathlib

import numpy as np


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def epoch(x, y, w, s, rate, rng):
    """The change of W and b after an epoch from W = w, b = 0. The rate is that of logits, η s²; steps are their number."""
    w0, w, b, eta, order = w, w.copy(), np.zeros(len(w)), rate / s**2, rng.permutation(len(y))
    for at in np.split(order, range(32, len(y), 32)):
        delta = softmax(s * x[at] @ w.T + b)
        delta[np.arange(len(at)), y[at]] -= 1
        delta /= len(at)
        w -= eta * s * delta.T @ x[at]
        b -= eta * delta.sum(0)
    return w - w0, b, eta * -(-len(y) // 32)


def rules(x, y, t, s, rng):
    """What a client answers under each rule."""
    centred = t - t.mean(0)
    out = {}
    for rate in (10, 100, 1000, 10000):
        dw, b, _ = epoch(x, y, t, s, rate, rng)
        out[f"rows' sums, from T, rate {rate}"] = dw.sum(1)  # the release's
        out[f"bias, from T, rate {rate}"] = b
        out[f"rows along t_c - mean, from T, rate {rate}"] = (dw * centred).sum(1)
    dw, b, far = epoch(x, y, 0 * t, s, 1, rng)
    out["rows' sums, from 0, rate 1"] = dw.sum(1)
    out["bias, from 0, rate 1"] = b
    out["bias + 1/C, from 0, rate 1"] = b / far + 1 / len(t)
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--cache", type=pathlib.Path, required=True)
    ap.add_argument("partitions", type=pathlib.Path, nargs="+")
    a = ap.parse_args()
    x = np.load(a.cache / "train.features.npy").astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.load(a.cache / "train.labels.npy")
    t = np.load(a.cache / "text.features.npy").astype(np.float64)
    t /= np.linalg.norm(t, axis=1, keepdims=True)
    s, found = json.loads((a.cache / "manifest.json").read_text())["logit_scale"]["value"], {}
    for i, path in enumerate(a.partitions):
        rng = np.random.default_rng(i)
        clients = [c["train"] for c in json.loads(path.read_text())["clients"] if c["train"]]
        true, sums = np.bincount(y[np.concatenate(clients)], minlength=len(t)).astype(float), {}
        for rows in clients:
            for name, r in rules(x[rows], y[rows], t, s, rng).items():
                r = np.maximum(r, 1e-5)
                sums[name] = sums.get(name, 0) + len(rows) * r / r.sum()
        sums["equal counts"] = np.ones(len(t))
        for name, n in sums.items():
            n = np.maximum(n, 5)
            logs = np.corrcoef(np.log(n), np.log(np.maximum(true, 1)))[0, 1] if np.ptp(n) > 0 else float("nan")
            cosine = n @ true / np.linalg.norm(n) / np.linalg.norm(true)
            found.setdefault(name, []).append((cosine, logs))
    for name, values in found.items():
        print("%-45s cosine %.3f  of logarithms %.2f" % (name, *np.mean(values, axis=0)))


if __name__ == "__main__":
    main()
