"""FedPuReL with the gate module in PyTorch on the CPU: what fedpurel is timed against.

    peer.py products --shapes 32x512x512,... --seconds S      rates of matrix products, one JSON object
    peer.py step     --cache DIR --rows N                     one purified epoch over N training rows
    peer.py run      --cache DIR --partition FILE --rounds R  a whole run, evaluated after every round

Plain eager code, as one would write it: autograd for both gradients, twenty halvings for the temperatures, gradients
compared tensor by tensor. Data stays in memory, loaders are index lists, nothing is copied needlessly.
"""

import argparse
import json
import os
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["products", "step", "run"])
parser.add_argument("--cache")
parser.add_argument("--partition")
parser.add_argument("--shapes", default="")
parser.add_argument("--seconds", type=float, default=0.3)
parser.add_argument("--rows", type=int, default=3200)
parser.add_argument("--rounds", type=int, default=100)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--lr", type=float, default=1e-3)
parser.add_argument("--personal-lr", type=float, default=1e-3)
parser.add_argument("--mix", type=float, default=0.9)
parser.add_argument("--fraction", type=float, default=0.4)
parser.add_argument("--scale", type=float, default=100.0)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--threads", type=int, default=0, help="0: all cores")
args = parser.parse_args()
if args.threads:
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(args.threads)

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

if args.threads:
    torch.set_num_threads(args.threads)


def products():
    """GFLOP/s of (n,k)·(k,m) in NumPy, whose products are OpenBLAS's, and in PyTorch; weights change from call to call."""
    rates = {"numpy": {}, "torch": {}}
    rng = np.random.default_rng(0)
    for shape in args.shapes.split(","):
        n, m, k = map(int, shape.split("x"))
        a = rng.standard_normal((n, k), dtype=np.float32)
        weights = [rng.standard_normal((k, m), dtype=np.float32) for _ in range(4)]
        out = np.empty((n, m), np.float32)
        ta, tw, to = torch.from_numpy(a), [torch.from_numpy(w) for w in weights], torch.from_numpy(out)
        for library, multiply in (
            ("numpy", lambda i: np.matmul(a, weights[i % 4], out=out)),
            ("torch", lambda i: torch.mm(ta, tw[i % 4], out=to)),
        ):
            best = 0.0
            for _ in range(3):
                calls, start = 0, time.perf_counter()
                while (passed := time.perf_counter() - start) < args.seconds / 3:
                    multiply(calls)
                    calls += 1
                best = max(best, 2e-9 * n * m * k * calls / passed)
            rates[library][shape] = best
    return rates


def load(name, dtype):
    return torch.from_numpy(np.ascontiguousarray(np.load(os.path.join(args.cache, name + ".npy")), dtype=dtype))


class Gate(nn.Module):
    """The logits of softmax(W2 tanh(W1 x + b1) + b2) * x against unit class texts."""

    def __init__(self, text):
        super().__init__()
        dim = text.shape[1]
        self.inner, self.outer = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.register_buffer("text", text)

    def forward(self, x):
        weight = torch.softmax(self.outer(torch.tanh(self.inner(x))), dim=1)
        return args.scale * F.normalize(weight * x, dim=1) @ self.text.T


def zero_shot(x, text):
    return args.scale * F.normalize(x, dim=1) @ text.T


def entropy(logits):
    logp = F.log_softmax(logits, dim=1)
    return -(logp.exp() * logp).sum(1)


def temperature(logits, target):
    low, high = torch.full_like(target, 0.05), torch.full_like(target, 20.0)
    for _ in range(20):
        middle = (low + high) / 2
        above = entropy(logits / middle[:, None]) > target
        high, low = torch.where(above, middle, high), torch.where(above, low, middle)
    return (low + high) / 2


def alignment(student, teacher):
    with torch.no_grad():
        target = (entropy(student) + entropy(teacher)) / 2
        ts, tt = temperature(student, target), temperature(teacher, target)
        pt = torch.softmax(teacher / tt[:, None], dim=1)
        log_pt = pt.clamp_min(1e-12).log()
    log_ps = torch.softmax(student / ts[:, None], dim=1).clamp_min(1e-12).log()
    return (pt * (log_pt - log_ps)).sum(1).mean()


def purified_step(model, optimizer, x, y):
    logits = model(x)
    parameters = list(model.parameters())
    keep = torch.autograd.grad(alignment(logits, zero_shot(x, model.text)), parameters, retain_graph=True)
    task = torch.autograd.grad(F.cross_entropy(logits, y), parameters)
    for p, g, a in zip(parameters, task, keep):
        dot, square = torch.vdot(g.flatten(), a.flatten()), torch.vdot(a.flatten(), a.flatten())
        p.grad = g - dot / square * a if dot < 0 and square > 0 else g
    optimizer.step()


def batches(rows, rng):
    rows = torch.from_numpy(rng.permutation(rows))
    whole = len(rows) // args.batch * args.batch
    return rows[: whole or len(rows)].split(args.batch)


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, weight_decay=5e-4)


def step():
    x, y, text = load("train.features", np.float32), load("train.labels", np.int64), load("text.features", np.float32)
    model, rng = Gate(text), np.random.default_rng(args.seed)
    optimizer, taken = sgd(model), []
    for _ in range(4):  # the first pass warms up
        start, steps = time.perf_counter(), 0
        for rows in batches(np.arange(args.rows), rng):
            purified_step(model, optimizer, x[rows], y[rows])
            steps += 1
        taken.append((time.perf_counter() - start) / steps)
    return {"seconds": min(taken[1:])}


def run():
    xtr, ytr = load("train.features", np.float32), load("train.labels", np.int64)
    xte, yte, text = load("test.features", np.float32), load("test.labels", np.int64), load("text.features", np.float32)
    with open(args.partition) as f:
        shards = [(np.array(c["train"]), np.array(c["test"])) for c in json.load(f)["clients"]]
    rng = np.random.default_rng(args.seed)
    model, branch = Gate(text), Gate(text)
    shared = [p.detach().clone() for p in model.parameters()]
    private = [[p.clone() for p in shared] for _ in shards]

    def put(target, values):
        with torch.no_grad():
            for p, v in zip(target.parameters(), values):
                p.copy_(v)

    start, steps = time.perf_counter(), 0
    for r in range(args.rounds):
        size = len(shards) if r == 0 else max(int(args.fraction * len(shards)), 1)
        cohort = np.sort(rng.choice(len(shards), size, replace=False))
        total = sum(len(shards[k][0]) for k in cohort)
        mean = [torch.zeros_like(p) for p in shared]
        for k in cohort:
            put(model, shared)
            optimizer = sgd(model)
            for rows in batches(shards[k][0], rng):
                purified_step(model, optimizer, xtr[rows], ytr[rows])
                steps += 1
            for m, p in zip(mean, model.parameters()):
                m.add_(p.detach(), alpha=len(shards[k][0]) / total)
        shared = mean
        put(model, shared)
        for k in cohort:
            put(branch, private[k])
            optimizer = torch.optim.SGD(branch.parameters(), lr=args.personal_lr)
            for rows in batches(shards[k][0], rng):
                with torch.no_grad():
                    frozen = model(xtr[rows])
                own = branch(xtr[rows])
                loss = args.mix * F.cross_entropy(own, ytr[rows]) + (1 - args.mix) * F.cross_entropy(frozen + own, ytr[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            private[k] = [p.detach().clone() for p in branch.parameters()]
        with torch.no_grad():
            logits = model(xte)
            right = (logits.argmax(1) == yte).double()
            hits = torch.zeros(len(text), dtype=torch.double).index_add_(0, yte, right)
            accuracy = (hits / torch.bincount(yte, minlength=len(text))).mean().item()
            personal = []
            for k, (_, rows) in enumerate(shards):
                if len(rows):
                    put(branch, private[k])
                    personal.append(((logits[rows] + branch(xte[rows])).argmax(1) == yte[rows]).double().mean().item())
    return {
        "seconds": time.perf_counter() - start, "steps": steps,
        "global": 100 * accuracy, "personal": 100 * float(np.mean(personal)),
    }


torch.manual_seed(args.seed)
result = {"products": products, "step": step, "run": run}[args.what]()
result["versions"] = {"python": sys.version.split()[0], "torch": torch.__version__, "numpy": np.__version__}
result["threads"] = torch.get_num_threads()
print(json.dumps(result))
