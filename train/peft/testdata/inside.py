"""What PyTorch makes of modules inside an encoder, in float64 with autograd: logits, and gradients of two cotangents.

    python inside.py            writes inside.json beside this file, for go test

Weights are made by the rule of train/encoder/testdata/towers.py, so that the fixture holds results alone.
"""
import json
import os
import sys

import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "encoder", "testdata"))
from towers import QUICK, Rule, layer, numbers  # noqa: E402

WIDTH, HEADS, HIDDEN, LAYERS, OUT, SCALE = 16, 2, 32, 2, 12, 20.0
NAMES = [[5, 6], [5, 7], [8], [9, 10, 11], [12], [12]]  # two begin alike, two are equal
BEGIN, END, VOCABULARY, POSITIONS, BATCH, TOKENS = [0], [1, 2], 20, 12, 5, 3
LENGTH, RANK, ALPHA = 4, 2, 3.0


def unit(x):
    return F.normalize(x, dim=-1)


def results(kind, parameters, logits, rule):
    """Gradients of ⟨logits, δ⟩, of all parameters one after the other."""
    gradients = []
    for d in rule.tensor(2, *logits.shape):
        flat = torch.autograd.grad(logits, parameters, d, retain_graph=True)
        gradients.append(numbers(torch.cat([g.reshape(-1) for g in flat])))
    return dict(module=kind, logits=numbers(logits), gradients=gradients)


def prompt(own):
    rule = Rule()
    tokens, positions = rule.tensor(VOCABULARY, WIDTH, scale=0.5), rule.tensor(POSITIONS, WIDTH, scale=0.5)
    blocks = [layer(rule.block(WIDTH, HIDDEN), HEADS, QUICK) for _ in range(LAYERS)]
    gain, shift = rule.norm(WIDTH)
    projection = rule.tensor(OUT, WIDTH, scale=2 / WIDTH ** 0.5)
    contexts = len(NAMES) if own else 1
    ctx = rule.tensor(contexts, TOKENS, WIDTH, scale=0.5).requires_grad_()
    features = rule.tensor(BATCH, OUT, scale=3)
    texts = []
    for c, name in enumerate(NAMES):
        x = torch.cat([tokens[BEGIN], ctx[c % contexts], tokens[name + END]])
        x, mask = x + positions[:len(x)], torch.full((len(x), len(x)), float("-inf"), dtype=torch.float64).triu(1)
        x = x[None]
        for b in blocks:
            x = b(x, src_mask=mask)
        texts.append(F.layer_norm(x[0, -1], (WIDTH,), gain, shift, 1e-5) @ projection.T)
    logits = SCALE * unit(features) @ unit(torch.stack(texts)).T
    return results("prompt-class" if own else "prompt", [ctx], logits, rule)


def vision(layers):
    rule = Rule()
    x = rule.tensor(BATCH, LENGTH, WIDTH, scale=1.5)
    text = rule.tensor(len(NAMES), OUT)
    blocks = [rule.block(WIDTH, HIDDEN) for _ in range(layers)]
    gain, shift = rule.norm(WIDTH)
    projection = rule.tensor(OUT, WIDTH, scale=2 / WIDTH ** 0.5)
    low = [[(rule.tensor(RANK, WIDTH, scale=1 / WIDTH ** 0.5).requires_grad_(),
             rule.tensor(WIDTH, RANK, scale=0.3).requires_grad_()) for _ in "qkv"] for _ in range(layers)]
    gamma = ALPHA / RANK ** 0.5
    for w, terms in zip(blocks, low):
        y, qkv = F.layer_norm(x, (WIDTH,), *w["n1"], 1e-5), []
        for n, (a, b) in zip("qkv", terms):
            t = F.linear(y, *w[n]) + gamma * F.linear(F.linear(y, a), b)
            qkv.append(t.view(BATCH, LENGTH, HEADS, WIDTH // HEADS).transpose(1, 2))
        o = F.scaled_dot_product_attention(*qkv).transpose(1, 2).reshape(BATCH, LENGTH, WIDTH)
        x = x + F.linear(o, *w["o"])
        u = F.linear(F.layer_norm(x, (WIDTH,), *w["n2"], 1e-5), *w["up"])
        x = x + F.linear(u * torch.sigmoid(1.702 * u), *w["down"])
    f = F.layer_norm(x[:, 0], (WIDTH,), gain, shift, 1e-5) @ projection.T
    logits = SCALE * unit(f) @ unit(text).T
    return dict(results("lora-vision", [p for t in low for pair in t for p in pair], logits, rule), blocks=layers)


if __name__ == "__main__":
    cases = [prompt(False), prompt(True), vision(1), vision(2)]
    with open(os.path.join(HERE, "inside.json"), "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
