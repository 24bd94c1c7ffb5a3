"""Methods of federated learning at large and FedPuReL, written a second time from their papers' equations: both sides
of a round in one place."""
import math

import torch
import torch.nn.functional as F

from losses import align_loss, purify


class FedAvg:
    """φ_k ← SGD(φ) on the task loss; φ ← Σ_k (n_k/n) φ_k. What all others are made of."""

    def __init__(self, trace):
        self.t, self.spec, self.model = trace, trace.spec, trace.model
        self.phi = trace.initial
        self.kept = {"phi": {}}  # of clients, by name
        self.carried = None
        self.stays = []  # tensors of a client's own, whose momentum is not handed on
        self.over = 0.0  # the share of the run's rounds that is

    def shared(self):
        """What the server shares, by name."""
        return {"phi": self.phi}

    def own(self):
        """What the server keeps for itself, by name."""
        return {}

    def sgd(self, tensors, shared=True):
        """The optimizer; the rate of what is shared may fall from round to round."""
        s = self.spec
        falls = (1 + math.cos(math.pi * self.over)) / 2 if shared and s.get("schedule") == "cosine" else 1
        return torch.optim.SGD(tensors, lr=s["lr"] * falls, momentum=s["momentum"], weight_decay=s["weight_decay"])

    def gradient(self, p, x, y, mask):
        """The gradient of the task loss, tensor by tensor."""
        return torch.autograd.grad(F.cross_entropy(self.model.logits(p, x, mask), y), p.list())

    def descend(self, steps, start, gradient, only=None, shared=True):
        """SGD on every batch of a client, of some tensors alone, if they are named."""
        p = self.t.params(start)
        moved = [i for i, name in enumerate(p.named) if only is None or name in only]
        tensors = [p.list()[i] for i in moved]
        if not tensors:
            return start
        opt = self.sgd(tensors, shared)
        carry = self.spec.get("carry_momentum")
        if carry and self.carried is not None:
            for t, m in zip(tensors, self.carried):
                opt.state[t]["momentum_buffer"] = m
        for batch in self.t.batches(steps):
            g = gradient(p, *batch)
            step(opt, tensors, [g[i] for i in moved])
        if carry:
            named = [list(p.named)[i] for i in moved]
            self.carried = [opt.state[t]["momentum_buffer"] * (name not in self.stays) for t, name in zip(tensors, named)]
        return p.flat()

    def round(self, stages):
        self.stages = stages  # stage → client → steps
        self.phi = self.t.mean({k: self.client(k, steps) for k, steps in stages[1].items()})

    def client(self, k, steps):
        self.kept["phi"][k] = self.descend(steps, self.phi, self.gradient)
        return self.kept["phi"][k]


def step(opt, tensors, gradients):
    for t, g in zip(tensors, gradients):
        t.grad = g
    opt.step()


class Local(FedAvg):
    """φ_k ← SGD(φ_k)."""

    def round(self, stages):
        start = self.t.zero_shot if self.spec["personal_start"] == "zeroshot" else self.t.initial
        for k, steps in stages[1].items():
            self.kept["phi"][k] = self.descend(steps, self.kept["phi"].get(k, start), self.gradient)


class FedPuReL(FedAvg):
    """Purified gradients for φ; on top of it, in a stage of its own, each client's φ_k by
    α CE(ℓ_P) + (1−α) CE(ℓ_G + ℓ_P)."""

    def purified(self, p, x, y, mask):
        logits = self.model.logits(p, x, mask)
        task = torch.autograd.grad(F.cross_entropy(logits, y), p.list(), retain_graph=True)
        align = torch.autograd.grad(align_loss(self.spec["align"], logits, self.model.zero_shot(x)), p.list())
        classed = [name in ("W", "head.W") or name == "e" and t.ndim == 2 for name, t in p.named.items()]
        return purify(task, align, self.spec["purify_lambda"], self.spec["scope"], classed)

    def round(self, stages):
        if 1 in stages:
            self.phi = self.t.mean({k: self.descend(steps, self.phi, self.purified) for k, steps in stages[1].items()})
        start = {"initial": self.t.initial, "zeroshot": self.t.zero_shot, "global": self.phi}
        for k, steps in stages.get(2, {}).items():
            begin = self.kept["phi"].get(k, start[self.spec["personal_start"]])
            self.kept["phi"][k] = self.residual(steps, begin)

    def residual(self, steps, start):
        p, frozen, alpha = self.t.params(start), self.t.params(self.phi), self.spec["mix"]
        opt = torch.optim.SGD(p.list(), lr=self.spec["personal_lr"])
        for x, y, mask in self.t.batches(steps):
            with torch.no_grad():
                base = self.model.logits(frozen, x)
            own = self.model.logits(p, x, mask)
            loss = alpha * F.cross_entropy(own, y) + (1 - alpha) * F.cross_entropy(base + own, y)
            step(opt, p.list(), torch.autograd.grad(loss, p.list()))
        return p.flat()


class FedProx(FedAvg):
    """g + μ (φ − φ_g)."""

    def gradient(self, p, x, y, mask):
        sent = self.t.params(self.phi)
        g = super().gradient(p, x, y, mask)
        return [a + self.spec["mu"] * (t.detach() - r.detach()) for a, t, r in zip(g, p.list(), sent.list())]


class Scaffold(FedAvg):
    """Steps along g − c_k + c; c_k ← the mean of the raw g; φ ← φ + η mean(φ_k − φ), c ← c + (1/K) Σ (c_k − before),
    K clients that own training data in all."""

    def __init__(self, trace):
        super().__init__(trace)
        self.control = torch.zeros_like(self.phi)
        self.kept["control"] = {}

    def shared(self):
        return {"phi": self.phi, "control": self.control}

    def round(self, stages):
        local, changes, own = {}, [], self.kept["control"]
        c = self.t.params(self.control).list()
        for k, steps in stages[1].items():
            before = own.get(k, torch.zeros_like(self.phi))
            ck, seen = self.t.params(before).list(), []

            def corrected(p, x, y, mask):
                g = self.gradient(p, x, y, mask)
                seen.append(torch.cat([t.reshape(-1) for t in g]))
                return [a - b.detach() + d.detach() for a, b, d in zip(g, ck, c)]

            local[k] = self.kept["phi"][k] = self.descend(steps, self.phi, corrected)
            own[k] = torch.stack(seen).mean(0)
            changes.append(own[k] - before)
        self.phi = self.phi + self.spec["server_lr"] * torch.stack([v - self.phi for v in local.values()]).mean(0)
        self.control = self.control + sum(changes) / sum(n > 0 for n in self.t.sizes)


class FedCLIP(FedAvg):
    """Adam, new in every round, on CLIP's loss of a batch's images and the texts of their classes; φ ← mean φ_k."""

    def round(self, stages):
        s, local = self.spec, {}
        for k, steps in stages[1].items():
            p = self.t.params(self.phi)
            falls = (1 + math.cos(math.pi * self.over)) / 2 if s["schedule"] == "cosine" else 1
            opt = torch.optim.Adam(p.list(), s["lr"] * falls, (s["momentum"], 0.98), 1e-6, s["weight_decay"])
            for x, y, mask in self.t.batches(steps):
                if len(y) > 1:
                    pairs, own = self.model.logits(p, x, mask)[:, y], torch.arange(len(y))
                    loss = (F.cross_entropy(pairs, own) + F.cross_entropy(pairs.T, own)) / 2
                    step(opt, p.list(), torch.autograd.grad(loss, p.list()))
            local[k] = self.kept["phi"][k] = p.flat()
        self.phi = torch.stack(list(local.values())).mean(0)


class FedDyn(FedAvg):
    """From φ_s = φ + d, steps along g + α_k (φ − φ_s + d_k), α_k = α or α n̄/n_k; d_k grows by φ_k − φ_s; φ ← mean φ_k,
    and d ← the mean of all d_k, of clients that own training data."""

    def __init__(self, trace):
        super().__init__(trace)
        self.moved = torch.zeros_like(self.phi)
        self.kept["moved"] = {}
        self.owners = sum(n > 0 for n in self.t.sizes)
        self.mean_size = sum(self.t.sizes) / self.owners

    def shared(self):
        size = {"mean-size": torch.tensor([self.mean_size])} if self.spec["dyn_by_size"] else {}
        return {"phi": self.phi} | size

    def own(self):
        return {"moved": self.moved}

    def round(self, stages):
        local, sent, own = {}, self.phi + self.moved, self.kept["moved"]
        for k, steps in stages[1].items():
            before = own.get(k, torch.zeros_like(sent))
            alpha = self.spec["dyn_alpha"] * (self.mean_size / self.t.sizes[k] if self.spec["dyn_by_size"] else 1)
            pull = self.t.params(before - sent).list()

            def held(p, x, y, mask):
                g = self.gradient(p, x, y, mask)
                return [a + alpha * (t.detach() + b.detach()) for a, t, b in zip(g, p.list(), pull)]

            local[k] = self.kept["phi"][k] = self.descend(steps, sent, held)
            own[k] = before + local[k] - sent
        self.phi = torch.stack(list(local.values())).mean(0)
        self.moved = sum(own.values()) / self.owners
