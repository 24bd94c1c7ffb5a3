"""Methods that give every client something of its own."""
import math

import torch
import torch.nn.functional as F

from methods import FedAvg, step


class Ditto(FedAvg):
    """FedAvg; on the same batches  v ← SGD(v, g(v) + λ (v − φ_g))."""

    def client(self, k, steps):
        v, sent = self.t.params(self.kept["phi"].get(k, self.t.initial)), self.t.params(self.phi).list()
        opt = self.sgd(v.list(), shared=False)
        for batch in self.t.batches(steps):
            pull = [self.spec["ditto_lambda"] * (t.detach() - r.detach()) for t, r in zip(v.list(), sent)]
            step(opt, v.list(), [g + d for g, d in zip(self.gradient(v, *batch), pull)])
        self.kept["phi"][k] = v.flat()
        return self.descend(steps, self.phi, self.gradient)


class APFL(FedAvg):
    """FedAvg of w; after each of its steps  v ← SGD(v) on CE(α ℓ(v) + (1−α) ℓ(w)),  and once a round, if it adapts,
    α ← α − η ∂/∂α, in [0,1]."""

    def __init__(self, trace):
        super().__init__(trace)
        self.kept |= {"own": {}} | ({"alpha": {}} if self.spec["apfl_adaptive"] else {})

    def client(self, k, steps):
        w, v = self.t.params(self.phi), self.t.params(self.kept["own"].get(k, self.t.initial))
        alpha = self.kept.get("alpha", {}).get(k, torch.tensor([self.spec["apfl_alpha"]], dtype=torch.float64))
        shared, own = self.sgd(w.list()), self.sgd(v.list(), shared=False)
        for i, (x, y, mask) in enumerate(self.t.batches(steps)):
            step(shared, w.list(), self.gradient(w, x, y, mask))
            alpha = alpha.detach().requires_grad_(True)
            mixed = alpha * self.model.logits(v, x, mask) + (1 - alpha) * self.model.logits(w, x, mask).detach()
            *g, slope = torch.autograd.grad(F.cross_entropy(mixed, y), v.list() + [alpha])
            step(own, v.list(), g)
            if self.spec["apfl_adaptive"] and i == 0:
                alpha = (alpha - self.spec["lr"] * slope).clamp(0, 1)
        self.kept["phi"][k], self.kept["own"][k] = w.flat(), v.flat()
        if self.spec["apfl_adaptive"]:
            self.kept["alpha"][k] = alpha.detach()
        return w.flat()


class PFedMe(FedAvg):
    """K steps of θ on each batch along g(θ) + λ (θ − w), decayed; then w ← w − ηλ (w − θ). w ← (1−β) w + β mean."""

    def round(self, stages):
        s, local = self.spec, {}
        rate = s["lr"] * ((1 + math.cos(math.pi * self.over)) / 2 if s.get("schedule") == "cosine" else 1)
        for k, steps in stages[1].items():
            w, theta = self.phi.clone(), self.t.params(self.phi)
            own = {"momentum": s["momentum"], "weight_decay": s["weight_decay"]}
            opt = torch.optim.SGD(theta.list(), lr=s["personal_lr"], **own)
            for batch in self.t.batches(steps):
                near = self.t.params(w).list()
                with torch.no_grad():
                    for t, r in zip(theta.list(), near):
                        t.copy_(r if s["pfedme_restart"] else t)
                for _ in range(s["pfedme_steps"]):
                    pull = [s["pfedme_lambda"] * (t - r).detach() for t, r in zip(theta.list(), near)]
                    step(opt, theta.list(), [g + d for g, d in zip(self.gradient(theta, *batch), pull)])
                w = w - rate * s["pfedme_lambda"] * (w - theta.flat())
            local[k], self.kept["phi"][k] = w, theta.flat()
        self.phi = (1 - s["pfedme_beta"]) * self.phi + s["pfedme_beta"] * self.t.mean(local)


class FedPer(FedAvg):
    """Some tensors, first the head, are the client's own; all are trained. The others are averaged, and these too, for
    the global figures."""

    def __init__(self, trace):
        super().__init__(trace)
        names = [n.strip() for n in self.spec["private"].split(",")]
        if "head" in names:
            names.remove("head")
            names += self.model.head()
        every = [t["name"] for t in trace.tensors]
        self.private = [n for n in every if n in names or n.startswith("block") and n.split(".")[-1] in names]
        self.averaged = [n for n in every if n not in self.private]
        self.mask = trace.mask(self.private)
        self.stays = self.private
        self.kept = {"private": {}}

    def client(self, k, steps):
        start = self.phi.clone()
        start[self.mask] = self.kept["private"].get(k, self.t.initial[self.mask])
        local = self.train(k, steps, start)
        self.kept["private"][k] = local[self.mask]
        return local

    def train(self, k, steps, start):
        return self.descend(steps, start, self.gradient)


class FedRep(FedPer):
    """FedPer; the head is fitted first, and then the body under it."""

    def train(self, k, steps, start):
        start = self.descend(self.stages[2][k], start, self.gradient, self.private, shared=False)
        return self.descend(steps, start, self.gradient, self.averaged)


class FedRoD(FedAvg):
    """Body and W by CE(ℓ_g + log π_k), with the share 1e-12 for a class that the client lacks; a client's h by
    CE(ℓ_g + ℓ_h), ℓ_g and the features constants as they are before the batch's steps. h starts as W."""

    def __init__(self, trace):
        super().__init__(trace)
        self.mask = trace.mask(self.model.head())
        self.kept = {"head": {}}

    def client(self, k, steps):
        labels = self.t.y[sorted({row for s in steps for row in s["rows"]})]
        prior = (torch.bincount(labels, minlength=len(self.model.text)) / len(labels)).double().clamp_min(1e-12).log()
        c, d = self.model.text.shape
        flat = self.kept["head"].get(k, self.t.initial[self.mask])
        h = [flat[:c * d].reshape(c, d).clone().requires_grad_(True), flat[c * d:].clone().requires_grad_(True)]
        opt = self.sgd(h, shared=False)

        def both(p, x, y, mask):
            logits = self.model.logits(p, x, mask)
            z = self.model.feature(p, x, mask).detach()
            rest = F.cross_entropy(logits.detach() + self.model.scale * z @ h[0].T + h[1], y)
            step(opt, h, torch.autograd.grad(rest, h))
            return torch.autograd.grad(F.cross_entropy(logits + prior, y), p.list())

        local = self.descend(steps, self.phi, both)
        self.kept["head"][k] = torch.cat([t.detach().reshape(-1) for t in h])
        return local


class PromptFolio(FedAvg):
    """ℓ = (1−ϑ) ℓ_g + ϑ ℓ_l, both trained by it; t_g is averaged, t_l the client's own. What is shared has t_g twice."""

    def __init__(self, trace):
        super().__init__(trace)
        self.stays = [t["name"] for t in trace.tensors if t["name"].startswith("own.")]
        self.kept = {"own": {}}

    def round(self, stages):
        half, local = len(self.phi) // 2, {}
        for k, steps in stages[1].items():
            start = torch.cat([self.phi[:half], self.kept["own"].get(k, self.t.initial[half:])])
            both = self.descend(steps, start, self.gradient)
            local[k], self.kept["own"][k] = both[:half], both[half:]
        mean = self.t.mean(local)
        self.phi = torch.cat([mean, mean])


class FedPGP(FedAvg):
    """Texts of σ + U V by CE + μ · mean −log softmax([cos(t⁰, t^σ), cos(t^σ, t)]/τ)_0; σ is averaged, U and V the client's
    own. What is shared has zeros for these."""

    def __init__(self, trace):
        super().__init__(trace)
        self.stays = ["own.U", "own.V"]
        self.mask = trace.mask(self.stays)
        self.kept = {"own": {}}

    def gradient(self, p, x, y, mask):
        s, c = self.spec, torch.nn.CosineSimilarity(dim=-1)
        shared, own, zero = self.model.moved(p), self.model.texts(p), self.model.text
        pairs = torch.stack([c(zero, shared), c(shared, own)], -1) / s["pgp_temperature"]
        contrast = F.cross_entropy(pairs, torch.zeros(len(zero), dtype=torch.long))
        loss = F.cross_entropy(self.model.logits(p, x, mask), y) + s["pgp_mu"] * contrast
        return torch.autograd.grad(loss, p.list(), allow_unused=True)

    def round(self, stages):
        local = {}
        for k, steps in stages[1].items():
            start = self.phi.clone()
            start[self.mask] = self.kept["own"].get(k, self.t.initial[self.mask])
            local[k] = self.descend(steps, start, self.gradient)
            self.kept["own"][k] = local[k][self.mask]
        self.phi = self.t.mean(local) * ~self.mask


class FFA(FedAvg):
    """A of a low-rank update stands still, the rest is trained at a rate of its own and averaged."""

    def __init__(self, trace):
        super().__init__(trace)
        self.spec = self.spec | {"lr": self.spec["lr"] * self.spec["ffa_rate"]}

    def client(self, k, steps):
        moved = [t["name"] for t in self.t.tensors if t["name"].split(".")[-1] != "A"]
        self.kept["phi"][k] = self.descend(steps, self.phi, self.gradient, moved)
        return self.kept["phi"][k]


class FedEx(FedAvg):
    """A and B by the plain mean; what that loses of the products goes to R, which no client trains:
    R ← R + γ (mean B_k A_k − B̄ Ā)."""

    def round(self, stages):
        moved = [t["name"] for t in self.t.tensors if t["name"] != "R"]
        for k, steps in stages[1].items():
            self.kept["phi"][k] = self.descend(steps, self.phi, self.gradient, moved)
        local = [self.t.params(self.kept["phi"][k]) for k in stages[1]]
        self.phi = torch.stack([p.flat() for p in local]).mean(0)
        mean = self.t.params(self.phi)
        lost = sum(p["B"] @ p["A"] for p in local) / len(local) - mean["B"] @ mean["A"]
        self.phi[self.t.mask(["R"])] += (self.model.gamma * lost).detach().reshape(-1)
