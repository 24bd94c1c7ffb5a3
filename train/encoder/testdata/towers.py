"""What PyTorch makes of towers, in float64 with autograd: features, and gradients of prompts and of low-rank terms.

    python towers.py            writes text.json and vision.json beside this file, for go test
    python towers.py FOLDER     writes the towers of B/32, B/16 and L/14 into a folder, for
                                FEDPUREL_TOWERS=FOLDER go test ./train/encoder -run PyTorch -v

Weights are made by a rule, so that fixtures hold results alone. Text blocks are PyTorch's own encoder layers.
"""
import json
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(2)
QUICK = "quick_gelu"


class Rule:
    """Every tensor takes the next seed; its values are a hash of seed and index, uniform in [-scale, scale)."""

    def __init__(self):
        self.seed = 0

    def bits(self, count):
        self.seed += 1
        z = np.arange(count, dtype=np.uint64) + np.uint64(self.seed << 32)
        z = z * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return (z ^ (z >> np.uint64(31))) >> np.uint64(40)  # 24 bits

    def tensor(self, *shape, scale=1.0):
        u = self.bits(int(np.prod(shape))).astype(np.float32) / np.float32(1 << 23) - np.float32(1)
        return torch.from_numpy((np.float32(scale) * u).reshape(shape)).double()

    def keep(self, *shape):
        """A dropout mask that keeps three quarters."""
        return torch.from_numpy((self.bits(int(np.prod(shape))) >= 1 << 22).reshape(shape)).double()

    def linear(self, out, inner):
        return self.tensor(out, inner, scale=2 / inner ** 0.5), self.tensor(out, scale=0.2)

    def norm(self, d):
        gain = np.float32(1) + self.tensor(d, scale=0.3).float().numpy()
        return torch.from_numpy(gain).double(), self.tensor(d, scale=0.2)

    def block(self, d, hidden):
        w = {"n1": self.norm(d)}
        for name in "qkvo":
            w[name] = self.linear(d, d)
        w["n2"], w["up"], w["down"] = self.norm(d), self.linear(hidden, d), self.linear(d, hidden)
        return w


def activation(name):
    return (lambda x: x * torch.sigmoid(1.702 * x)) if name == QUICK else F.gelu


def layer(w, heads, act):
    """The block as PyTorch's own layer."""
    d, hidden = w["q"][0].shape[0], w["up"][0].shape[0]
    m = torch.nn.TransformerEncoderLayer(d, heads, hidden, 0.0, activation(act), 1e-5, True, True, dtype=torch.float64)
    state = {
        "self_attn.in_proj_weight": torch.cat([w[n][0] for n in "qkv"]),
        "self_attn.in_proj_bias": torch.cat([w[n][1] for n in "qkv"]),
        "self_attn.out_proj.weight": w["o"][0], "self_attn.out_proj.bias": w["o"][1],
        "linear1.weight": w["up"][0], "linear1.bias": w["up"][1],
        "linear2.weight": w["down"][0], "linear2.bias": w["down"][1],
        "norm1.weight": w["n1"][0], "norm1.bias": w["n1"][1], "norm2.weight": w["n2"][0], "norm2.bias": w["n2"][1],
    }
    m.load_state_dict(state)
    return m.requires_grad_(False)


def numbers(t):
    return [float(f"{v:.9g}") for v in t.detach().reshape(-1).tolist()]


def text(name, d, heads, hidden, layers, e, act, texts, context):
    rule = Rule()
    vocabulary = 1 + max(i for t in texts for i in t)
    tokens, positions = rule.tensor(vocabulary, d, scale=0.5), rule.tensor(77, d, scale=0.5)
    blocks = [layer(rule.block(d, hidden), heads, act) for _ in range(layers)]
    gain, shift = rule.norm(d)
    projection = rule.tensor(e, d, scale=2 / d ** 0.5)
    ctx = rule.tensor(context, d, scale=0.5).requires_grad_()
    cotangents = rule.tensor(2, len(texts), e)
    features = []
    for t in texts:  # each by itself, so that nothing depends on padding
        x = torch.stack([tokens[i] if i >= 0 else ctx[-1 - i] for i in t]) + positions[:len(t)]
        x, mask = x[None], torch.full((len(t), len(t)), float("-inf"), dtype=torch.float64).triu(1)
        for b in blocks:
            x = b(x, src_mask=mask)
        features.append(F.layer_norm(x[0, -1], (d,), gain, shift, 1e-5) @ projection.T)
    f = torch.stack(features)
    gradients = [numbers(torch.autograd.grad(f, ctx, c, retain_graph=True)[0]) for c in cotangents]
    return dict(name=name, width=d, heads=heads, hidden=hidden, layers=layers, out=e, activation=act, texts=texts,
                context=context, vocabulary=vocabulary, features=numbers(f), gradients=gradients)


def vision(name, d, heads, hidden, layers, e, act, images, length, rank, gamma, dropout):
    rule = Rule()
    x = rule.tensor(images, length, d, scale=1.5)
    blocks = [rule.block(d, hidden) for _ in range(layers)]
    low, masks = [], []
    for _ in range(layers):
        low.append([(rule.tensor(rank, d, scale=1 / d ** 0.5).requires_grad_(),
                     rule.tensor(d, rank, scale=0.1).requires_grad_()) for _ in "qkv"])
        masks.append([rule.keep(images, length, d) for _ in "qkv"])
    gain, shift = rule.norm(d)
    projection = rule.tensor(e, d, scale=2 / d ** 0.5)
    cotangents = rule.tensor(2, images, e)
    for w, terms, kept in zip(blocks, low, masks):
        y, qkv = F.layer_norm(x, (d,), *w["n1"], 1e-5), []
        for n, (a, b), m in zip("qkv", terms, kept):
            seen = y * m / 0.75 if dropout else y
            t = F.linear(y, *w[n]) + gamma * F.linear(F.linear(seen, a), b)
            qkv.append(t.view(images, length, heads, d // heads).transpose(1, 2))
        o = F.scaled_dot_product_attention(*qkv).transpose(1, 2).reshape(images, length, d)
        x = x + F.linear(o, *w["o"])
        u = activation(act)(F.linear(F.layer_norm(x, (d,), *w["n2"], 1e-5), *w["up"]))
        x = x + F.linear(u, *w["down"])
    f = F.layer_norm(x[:, 0], (d,), gain, shift, 1e-5) @ projection.T
    flat = [p for terms in low for pair in terms for p in pair]  # A and B of q, k, v of every block
    gradients = [[numbers(g) for g in torch.autograd.grad(f, flat, c, retain_graph=True)] for c in cotangents]
    return dict(name=name, width=d, heads=heads, hidden=hidden, layers=layers, out=e, activation=act, images=images,
                length=length, rank=rank, gamma=gamma, dropout=dropout, features=numbers(f), gradients=gradients)


def sentences(start, lengths):
    """Texts of those lengths: their beginning is that of the others as far as words go, but for the last."""
    return [start + list(range(2, n - len(start))) + [40 + i % 20, 1] for i, n in enumerate(lengths)]


def small():
    shared = sentences([0, -1, -2, -3, -4], [8, 9, 9, 12, 30, 77])
    shared += [shared[1], shared[3]]  # equal texts
    own = [[0] + [-1 - 4 * c - i for i in range(4)] + t[5:] for c, t in enumerate(shared[:4])]
    yield "text", [
        text("quick gelu, 24-wide heads", 48, 2, 96, 3, 32, QUICK, shared, 4),
        text("gelu", 32, 4, 64, 2, 16, "gelu", shared, 4),
        text("a context for each", 48, 2, 96, 2, 32, QUICK, own, 16),
    ]
    yield "vision", [
        vision(f"{n} blocks{', dropout' * drop}", 48, 2, 96, n, 32, act, 5, 10, 2, 1.25, bool(drop))
        for n, act in ((1, QUICK), (2, "gelu")) for drop in (0, 1)
    ]


def large():
    shared = sentences([0, -1, -2, -3, -4], [8, 8, 9, 10, 12, 20, 77])
    shared += [shared[2]]
    for name, d, heads, e in ("B", 512, 8, 512), ("L-14", 768, 12, 768):
        yield f"text-{name}", [text(name, d, heads, 4 * d, 12, e, QUICK, shared, 4)]
    for name, d, heads, e, length in (
        ("B-32", 768, 12, 512, 50), ("B-16", 768, 12, 512, 197), ("L-14", 1024, 16, 768, 257),
    ):
        yield f"vision-{name}", [
            vision(f"{name}, {n} blocks{', dropout' * drop}", d, heads, 4 * d, n, e, QUICK, 6, length, 8,
                   16 / 8 ** 0.5, bool(drop)) for n in (1, 2) for drop in (0, 1)
        ]


if __name__ == "__main__":
    here = len(sys.argv) < 2
    folder = os.path.dirname(os.path.abspath(__file__)) if here else sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name, cases in small() if here else large():
        with open(os.path.join(folder, name + ".json"), "w") as f:
            f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
