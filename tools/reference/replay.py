#!/usr/bin/env python3
"""Replays a traced run of fedpurel in PyTorch, with autograd and in float64, and compares all parameters.

    fedpurel train --cache CACHE --out RUN --rounds 3 --trace TRACE [options]
    python3 tools/reference/replay.py --cache CACHE --run RUN --trace TRACE

Initial weights, cohorts, batches and dropout masks come from the trace; everything else (modules, losses, gradients, projection,
optimizer, average, personal stage) is written here a second time, from the equations. Prints the largest difference per tensor,
relative to the tensor's largest entry and to how far training moved it. Exit code 1 if any exceeds --tolerance.
Needs torch and numpy.
"""
import argparse
import json
import math
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F


class Params:
    """Named views of a flat vector that is optimized as separate tensors, as PyTorch does."""

    def __init__(self, flat, tensors):
        self.tensors = tensors
        self.named = {}
        for t in tensors:
            part = flat[t["offset"]:t["offset"] + t["rows"] * t["cols"]]
            shape = (t["rows"], t["cols"]) if t["rows"] > 1 or t["name"] in "ABW" else (t["cols"],)
            self.named[t["name"]] = part.clone().reshape(shape).requires_grad_(True)

    def list(self):
        return list(self.named.values())

    def flat(self):
        return torch.cat([p.detach().reshape(-1) for p in self.list()])

    def __getitem__(self, name):
        return self.named[name]


def unit(v):
    return v / v.norm(dim=-1, keepdim=True)


class Model:
    """logits(params, x, mask) of every kind of module."""

    def __init__(self, spec, text, scale, projection=None):
        self.kind, self.text, self.scale, self.projection = spec["module"], text, scale, projection
        if "rank" in spec:
            self.gamma = spec["alpha"] / (spec["rank"] ** 0.5 if spec["rank_stable"] else spec["rank"])
        self.rho = spec.get("rho")

    def zero_shot(self, x):
        if self.projection is not None:
            x = x @ self.projection.T
        return self.scale * unit(x) @ self.text.T

    def logits(self, p, x, mask=None):
        k, s, text = self.kind, self.scale, self.text
        if k == "gate":
            h = torch.tanh(x @ p["W1"].T + p["b1"])
            g = torch.softmax(h @ p["W2"].T + p["b2"], -1)
            return s * unit(g * x) @ text.T
        if k == "lora":
            dropped = x if mask is None else x * mask
            return s * unit(x + self.gamma * dropped @ p["A"].T @ p["B"].T) @ text.T
        if k == "projection":
            dropped = x if mask is None else x * mask
            return s * unit(x @ self.projection.T + self.gamma * dropped @ p["A"].T @ p["B"].T) @ text.T
        if k == "linear":
            return s * unit(x) @ p["W"].T + p["b"]
        if k == "residual":
            return s * unit((1 - self.rho) * x + self.rho * torch.relu(x @ p["W_down"].T) @ p["W_up"].T) @ text.T
        if k == "text-lora":
            return s * unit(x) @ unit(text + self.gamma * text @ p["A"].T @ p["B"].T).T
        if k in ("text-shift", "text-class"):
            return s * unit(x) @ unit(text + p["e"]).T
        raise SystemExit(f"replay: module {k} is not in the reference")


def entropy(logits):
    q = logits.log_softmax(-1)
    return -(q.exp() * q).sum(-1)


def temperature(logits, target):
    lo, hi = torch.full_like(target, 0.05), torch.full_like(target, 20.0)
    for _ in range(20):
        mid = (lo + hi) / 2
        high = entropy(logits / mid[:, None]) > target
        hi, lo = torch.where(high, mid, hi), torch.where(high, lo, mid)
    return (lo + hi) / 2


def align_loss(kind, logits, teacher):
    if kind == "kl":
        return -(teacher.softmax(-1) * logits.log_softmax(-1)).sum(-1).mean()
    if kind == "lskd":
        std = lambda v: (v - v.mean(-1, keepdim=True)) / (1e-7 + v.std(-1, keepdim=True))
        return 4 * F.kl_div((std(logits) / 2).log_softmax(-1), (std(teacher) / 2).log_softmax(-1), reduction="batchmean", log_target=True)
    with torch.no_grad():
        target = (entropy(logits) + entropy(teacher)) / 2
        ts, tt = temperature(logits, target), temperature(teacher, target)
    ps, pt = (logits / ts[:, None]).softmax(-1), (teacher / tt[:, None]).softmax(-1)
    return (pt * (pt.clamp_min(1e-12).log() - ps.clamp_min(1e-12).log())).sum(-1).mean()


def purify(task, align, strength, scope, classes=0):
    """Projects the gradients, tensor by tensor, as one vector, or row by row where a tensor has a row for each class."""
    if scope == "row":
        rows = lambda t: list(t) if t.ndim == 2 and len(t) == classes else [t]
        return [torch.stack(purify(rows(g), rows(a), strength, "tensor")).reshape(g.shape) for g, a in zip(task, align)]
    if scope == "global":
        g, a = torch.cat([t.reshape(-1) for t in task]), torch.cat([t.reshape(-1) for t in align])
        whole, out, at = purify([g], [a], strength, "tensor")[0], [], 0
        for t in task:
            out.append(whole[at:at + t.numel()].reshape(t.shape))
            at += t.numel()
        return out
    out = []
    for g, a in zip(task, align):
        dot = (g * a).sum()
        out.append(g - strength * dot / (a * a).sum() * a if dot < 0 and a.norm() >= 1e-6 * g.norm() else g)
    return out


class Replay:
    def __init__(self, cache, trace):
        load = lambda name: torch.from_numpy(np.load(cache / name).astype(np.float64))
        self.head = json.loads((trace / "trace.json").read_text())
        self.spec = self.head["spec"]
        self.x, self.y = load("train.features.npy"), load("train.labels.npy").long()
        scale = float(np.float32(self.head["logit_scale"]))
        projection = load("projection.npy") if (cache / "projection.npy").exists() else None
        self.views = load("train.views.npy") if self.spec.get("views") else None  # (N, K, columns)
        if projection is not None and self.spec["module"] != "projection":
            self.x, self.views, projection = self.x @ projection.T, self.views if self.views is None else self.views @ projection.T, None
        self.model = Model(self.spec, load("text.features.npy"), scale, projection)
        vector = lambda name: torch.from_numpy(np.load(trace / name).astype(np.float64))
        start = self.spec.get("personal_start", "initial")  # of a branch before its first round
        self.start = None if start == "global" else vector(start + ".npy")
        self.phi = vector("initial.npy")
        self.initial = self.phi.clone()
        self.personal = {}
        self.trace, self.carried = trace, None
        self.rounds = {}
        for line in (trace / "steps.jsonl").read_text().splitlines():
            s = json.loads(line)
            self.rounds.setdefault(s["round"], {}).setdefault(s["stage"], {}).setdefault(s["client"], []).append(s)

    def params(self, flat):
        return Params(flat, self.head["tensors"])

    def batches(self, steps):
        for s in steps:
            mask = torch.from_numpy(np.load(self.trace / s["mask"]).astype(np.float64)) if "mask" in s else None
            x = self.x[s["rows"]] if self.views is None else self.views[s["rows"], torch.tensor(s["views"]) - 1]
            yield x, self.y[s["rows"]], mask

    def stage1(self, steps, start, purified, over=0):
        """over is the share of the run's rounds that is."""
        p, spec = self.params(start), self.spec
        rate = spec["lr"] * ((1 + math.cos(math.pi * over)) / 2 if spec.get("schedule") == "cosine" else 1)
        opt = torch.optim.SGD(p.list(), lr=rate, momentum=spec["momentum"], weight_decay=spec["weight_decay"])
        if spec["carry_momentum"] and self.carried is not None:
            for t, m in zip(p.list(), self.carried):
                opt.state[t]["momentum_buffer"] = m
        for x, y, mask in self.batches(steps):
            logits = self.model.logits(p, x, mask)
            task = torch.autograd.grad(F.cross_entropy(logits, y), p.list(), retain_graph=True)
            if purified:
                align = torch.autograd.grad(align_loss(spec["align"], logits, self.model.zero_shot(x)), p.list())
                task = purify(task, align, spec["purify_lambda"], spec["scope"], len(logits[0]))
            for t, g in zip(p.list(), task):
                t.grad = g
            opt.step()
        if spec["carry_momentum"]:
            self.carried = [opt.state[t]["momentum_buffer"] for t in p.list()]
        return p.flat()

    def stage2(self, steps, start):
        p, frozen, alpha = self.params(start), self.params(self.phi), self.spec["mix"]
        opt = torch.optim.SGD(p.list(), lr=self.spec["personal_lr"])
        for x, y, mask in self.batches(steps):
            with torch.no_grad():
                base = self.model.logits(frozen, x)
            own = self.model.logits(p, x, mask)
            loss = alpha * F.cross_entropy(own, y) + (1 - alpha) * F.cross_entropy(base + own, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        return p.flat()

    def run(self):
        method = self.spec["method"]
        for r in sorted(self.rounds):
            if 1 in self.rounds[r]:
                local, total = {}, 0
                for k, steps in self.rounds[r][1].items():
                    begin = self.personal.get(k, self.start) if method == "local" else self.phi
                    local[k] = self.stage1(steps, begin, method == "fedpurel", r / self.spec["rounds"])
                    total += self.head["client_sizes"][k]
                if method in ("fedavg", "local"):
                    self.personal.update(local)
                if method != "local":
                    self.phi = sum(self.head["client_sizes"][k] / total * v for k, v in local.items())
            for k, steps in self.rounds[r].get(2, {}).items():
                begin = self.personal.get(k, self.start if self.start is not None else self.phi)
                self.personal[k] = self.stage2(steps, begin)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("cache", "run", "trace"):
        ap.add_argument("--" + name, type=pathlib.Path, required=True)
    ap.add_argument("--tolerance", type=float, default=1e-4)
    a = ap.parse_args()
    replay = Replay(a.cache, a.trace)
    spec = replay.spec
    if spec["method"] not in ("fedavg", "fedpurel", "local") or spec["loss"] != "ce" or spec["epochs"] != 1 or "-head" in spec["module"]:
        sys.exit("replay: it knows fedavg, fedpurel and local with the cross-entropy, one epoch and no trainable head behind a body")
    replay.run()

    point = json.loads((a.run / "checkpoint/latest.json").read_text())
    stem = a.run / f"checkpoint/round-{point['round']:06d}"
    go = {"global": np.load(f"{stem}.shared-phi.npy").astype(np.float64)}
    if "phi" in point.get("kept", {}):
        for k, row in zip(point["kept"]["phi"]["clients"], np.load(f"{stem}.kept-phi.npy").astype(np.float64)):
            go[f"client {k}"] = row
    ours = {"global": replay.phi.numpy()} | {f"client {k}": v.numpy() for k, v in replay.personal.items()}
    if go.keys() != ours.keys():
        sys.exit(f"replay: branches differ: {sorted(go.keys() ^ ours.keys())}")
    initial, worst = replay.initial.numpy(), {}
    for branch in go:
        kind = "global" if branch == "global" else "personal"
        for t in replay.head["tensors"]:
            part = slice(t["offset"], t["offset"] + t["rows"] * t["cols"])
            diff = np.abs(go[branch][part] - ours[branch][part]).max()
            size, moved = np.abs(ours[branch][part]).max(), np.abs(ours[branch][part] - initial[part]).max()
            row = worst.setdefault((kind, t["name"]), [0.0, 0.0])
            row[0], row[1] = max(row[0], diff / max(size, 1e-30)), max(row[1], diff / max(moved, 1e-30))
    failed = False
    for (kind, name), (size, moved) in worst.items():
        failed |= not size <= a.tolerance
        print(f"{kind:9} {name:7} relative to its entries {size:.1e}, to its movement {moved:.1e}")
    print("disagrees" if failed else f"agrees: {len(go)} branches after {point['round']} rounds, tolerance {a.tolerance:g}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
