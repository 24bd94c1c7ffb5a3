"""The modules, as PyTorch with autograd has them: logits of a flat vector of parameters."""
import torch


class Params:
    """Named views of a flat vector that is optimized as separate tensors, as PyTorch does."""

    def __init__(self, flat, tensors):
        self.tensors = tensors
        self.named = {}
        for t in tensors:
            part = flat[t["offset"]:t["offset"] + t["rows"] * t["cols"]]
            matrix = t["rows"] > 1 or t["name"].split(".")[-1] in "ABRUVW"
            shape = (t["rows"], t["cols"]) if matrix else (t["cols"],)
            self.named[t["name"]] = part.clone().reshape(shape).requires_grad_(True)

    def list(self):
        return list(self.named.values())

    def flat(self):
        return torch.cat([p.detach().reshape(-1) for p in self.list()])

    def __getitem__(self, name):
        return self.named[name]

    def __contains__(self, name):
        return name in self.named


def unit(v):
    return v / v.norm(dim=-1, keepdim=True)


class Model:
    """logits(params, x, mask) of every kind of module: s·⟨ẑ, t_c⟩, or s W ẑ + b with a trainable head."""

    def __init__(self, spec, text, scale, projection=None):
        self.spec = spec
        self.kind, self.text, self.scale, self.projection = spec["module"], text, scale, projection
        self.body = self.kind.removesuffix("-head")
        if "rank" in spec:
            self.gamma = spec["alpha"] / (spec["rank"] ** 0.5 if spec["rank_stable"] else spec["rank"])
        self.rho = spec.get("rho")

    def zero_shot(self, x):
        if self.projection is not None:
            x = x @ self.projection.T
        return self.scale * unit(x) @ self.text.T

    def head(self):
        """Names of the head's tensors."""
        prefix = "head." if self.kind.endswith("-head") else ""
        return [prefix + "W", prefix + "b"]

    def feature(self, p, x, mask=None):
        """ẑ."""
        k = self.body
        if k == "gate":
            h = torch.tanh(x @ p["W1"].T + p["b1"])
            return unit(torch.softmax(h @ p["W2"].T + p["b2"], -1) * x)
        if k in ("lora", "projection"):
            dropped = x if mask is None else x * mask
            base = x if k == "lora" else x @ self.projection.T
            if "R" in p:  # FedEx's residue
                base = base + x @ p["R"].T
            return unit(base + self.gamma * dropped @ p["A"].T @ p["B"].T)
        if k == "residual":
            return unit((1 - self.rho) * x + self.rho * torch.relu(x @ p["W_down"].T) @ p["W_up"].T)
        if k in ("linear", "text-lora", "text-shift", "text-class"):
            return unit(x)
        raise SystemExit(f"replay: module {self.kind} is not in the reference")

    def texts(self, p):
        if "folio" in self.spec:  # PromptFolio's two
            part = lambda prefix: {n.removeprefix(prefix): v for n, v in p.named.items() if n.startswith(prefix)}
            weight = self.spec["folio"]
            return (1 - weight) * self.moved(part("global.")) + weight * self.moved(part("own."))
        if "own.U" in p:  # FedPGP's, with what a client has on top
            return unit(self.text + p["e"] + p["own.U"] @ p["own.V"])
        return self.moved(p)

    def moved(self, p):
        """Class texts at parameters."""
        if self.body == "text-lora":
            return unit(self.text + self.gamma * self.text @ p["A"].T @ p["B"].T)
        if self.body in ("text-shift", "text-class"):
            return unit(self.text + p["e"])
        return self.text

    def logits(self, p, x, mask=None):
        z = self.feature(p, x, mask)
        if self.kind == "linear" or self.kind.endswith("-head"):
            w, b = self.head()
            return self.scale * z @ p[w].T + p[b]
        return self.scale * z @ self.texts(p).T
