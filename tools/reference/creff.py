"""CReFF: a classifier that is trained anew on features whose gradients match those of the clients' images."""
import torch
import torch.nn.functional as F

from methods import FedAvg
from recorded import array

DRAWN_IMAGES, DRAWN_FEATURES, DRAWN_HEAD, DRAWN_BATCHES, SERVER = 3, 4, 5, 6, -1


class CReFF(FedAvg):
    """Beside FedAvg: A_c = mean over the clients that own class c of ∂/∂(W,b) mean CE on images drawn from it, at the
    body of φ and the last re-trained head; features of the class by h ← h − η ∂/∂h Σ_rows [1 − cos(G, A)]; then a new
    head by SGD on all features."""

    def __init__(self, trace):
        super().__init__(trace)
        self.mask = trace.mask(self.model.head())
        self.classes, self.dim = self.model.text.shape
        self.texts = self.spec["creff_start"] == "texts"
        self.spread = self.model.scale / self.dim ** 0.5 if self.texts else 1.0
        self.features = self.head = None

    def shared(self):
        return {"phi": self.phi, "head": self.head}

    def own(self):
        return {"features": self.features.reshape(-1)}

    def round(self, stages):
        server = {stage: stages[stage].get(SERVER, []) for stage in stages}
        heads = {s["step"]: array(self.t.folder / s["drawn"])[0] for s in server.get(DRAWN_HEAD, [])}
        first = self.t.initial[self.mask]
        if self.features is None:
            self.features = array(self.t.folder / server[DRAWN_FEATURES][0]["drawn"])
            self.head = heads.get(0, first)
        real = self.class_gradients(stages[DRAWN_IMAGES])
        super().round(stages)
        n = self.spec["creff_features"]
        for c in sorted(real):
            mean = [torch.stack(g).mean(0) for g in zip(*real[c])]
            self.features[c * n:(c + 1) * n] = self.match(self.features[c * n:(c + 1) * n], c, mean)
        self.head = self.retrain(heads.get(1, first), server.get(DRAWN_BATCHES, []))

    def parts(self, head):
        w, b = head[:self.classes * self.dim].reshape(self.classes, self.dim), head[self.classes * self.dim:]
        return [w.clone().requires_grad_(True), b.clone().requires_grad_(True)]

    def class_gradients(self, drawn):
        """class → of every client that owns it, the gradient with respect to W and b."""
        body, real = self.t.params(self.phi), {}
        w, b = self.parts(self.head)
        for k in sorted(drawn):
            for s in drawn[k]:
                h = self.model.scale * self.model.feature(body, self.t.x[s["rows"]]).detach()
                y = torch.full((len(h),), s["step"])
                assert (self.t.y[s["rows"]] == y).all()
                gradient = torch.autograd.grad(F.cross_entropy(h @ w.T + b, y), [w, b])
                real.setdefault(s["step"], []).append(gradient)
        return real

    def match(self, features, c, real):
        w, b = self.parts(self.head)
        h, y = features.clone().requires_grad_(True), torch.full((len(features),), c)
        eta = self.spec["creff_feature_lr"] * self.spread ** 2
        for _ in range(self.spec["creff_steps"]):
            own = torch.autograd.grad(F.cross_entropy(h @ w.T + b, y), [w, b], create_graph=True)
            apart = sum((1 - (g * a).sum(-1) / (g.norm(dim=-1) * a.norm(dim=-1) + 1e-6)).sum() for g, a in zip(own, real))
            slope, = torch.autograd.grad(apart, h)
            h = (h - eta * slope).detach().requires_grad_(True)
        return h.detach()

    def retrain(self, head, batches):
        w, b = self.parts(head)
        rate = self.spec["creff_lr"]
        opt = torch.optim.SGD([{"params": [w], "lr": rate / self.spread ** 2}, {"params": [b], "lr": rate}])
        for s in batches:
            rows = torch.tensor(s["rows"])
            opt.zero_grad()
            F.cross_entropy(self.features[rows] @ w.T + b, rows // self.spec["creff_features"]).backward()
            opt.step()
        return torch.cat([w.detach().reshape(-1), b.detach()])
