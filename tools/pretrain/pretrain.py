#!/usr/bin/env python3
"""Pre-trains the embedded dual encoder on studio portraits and exports it in the Hugging Face split layout.

    go run ./tools/pretrain/render -out /tmp/studio
    python3 tools/pretrain/pretrain.py --data /tmp/studio --out models/tiny/model

Needs torch, numpy and onnx (see requirements.txt). The portraits show the 336 species outside the field guide of
package featurize/sample, so the 48 species of the sample data set stay unseen: what the encoder says about them is zero-shot.
"""
import argparse
import json
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import export
import vocabulary

TEMPLATES = [
    "a photo of a {}.", "a photo of the {}.", "a picture of a {}.", "a portrait of a {}.", "an image of a {}.",
    "a {}.", "the {}.", "one {}.", "a {} in the studio.", "a close-up photo of a {}.",
]
MEAN = torch.tensor([0.48145466, 0.4578275, 0.40821073])
STD = torch.tensor([0.26862954, 0.26130258, 0.27577711])


class Block(nn.Module):
    """Pre-norm transformer block: attention, then an MLP with QuickGELU."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask=None):  # x (B,N,W)
        b, n, w = x.shape
        q, k, v = (t.reshape(b, n, self.heads, w // self.heads).transpose(1, 2) for t in self.qkv(self.norm1(x)).chunk(3, -1))
        a = q @ k.transpose(-1, -2) / math.sqrt(w // self.heads)
        if mask is not None:
            a = a + mask
        x = x + self.out((a.softmax(-1) @ v).transpose(1, 2).reshape(b, n, w))
        h = self.up(self.norm2(x))
        return x + self.down(h * torch.sigmoid(1.702 * h))


class Vision(nn.Module):
    """ViT: pixel_values (B,3,S,S) -> image_embeds (B,D), from the class token."""

    def __init__(self, size, patch, width, layers, heads, dim):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch, bias=False)
        self.cls = nn.Parameter(torch.randn(width) * 0.02)
        self.pos = nn.Parameter(torch.randn((size // patch) ** 2 + 1, width) * 0.02)
        self.pre, self.post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.projection = nn.Linear(width, dim, bias=False)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], 1, -1), x], 1) + self.pos
        x = self.pre(x)
        for block in self.blocks:
            x = block(x)
        return self.projection(self.post(x[:, 0]))


class Text(nn.Module):
    """Causal transformer: input_ids (B,L) -> text_embeds (B,D), from the first end-of-text token (the largest id)."""

    def __init__(self, vocab, context, width, layers, heads, dim):
        super().__init__()
        self.tokens = nn.Embedding(vocab, width)
        nn.init.normal_(self.tokens.weight, std=0.02)
        self.pos = nn.Parameter(torch.randn(context, width) * 0.01)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.post = nn.LayerNorm(width)
        self.projection = nn.Linear(width, dim, bias=False)
        self.register_buffer("mask", torch.full((context, context), -1e4).triu(1), persistent=False)

    def forward(self, ids):
        x = self.tokens(ids) + self.pos
        for block in self.blocks:
            x = block(x, self.mask)
        end = ids.argmax(-1)
        x = torch.gather(x, 1, end.reshape(-1, 1, 1).expand(-1, 1, x.shape[2])).squeeze(1)
        return self.projection(self.post(x))


def augment(x, g):
    """Light disturbances of a uint8 batch (B,H,W,3) -> normalised float (B,3,H,W): shift, gain, contrast, noise, a patch."""
    b, s = x.shape[0], x.shape[1]
    x = x.permute(0, 3, 1, 2).float() / 255
    r = lambda *shape: torch.rand(*shape, generator=g)
    theta = torch.zeros(b, 2, 3)
    zoom = 0.9 + 0.5 * r(b)  # beyond 1 the animal shrinks
    turn = (r(b) - 0.5) * 0.5
    theta[:, 0, 0], theta[:, 0, 1] = zoom * turn.cos(), -zoom * turn.sin()
    theta[:, 1, 0], theta[:, 1, 1] = zoom * turn.sin(), zoom * turn.cos()
    theta[:, :, 2] = (r(b, 2) - 0.5) * 0.3
    x = F.grid_sample(x, F.affine_grid(theta, x.shape, align_corners=False), padding_mode="border", align_corners=False)
    x = x * (0.8 + 0.35 * r(b, 1, 1, 1)) * (1 + 0.08 * (r(b, 3, 1, 1) - 0.5))
    x = (x - 0.5) * (0.85 + 0.3 * r(b, 1, 1, 1)) + 0.5
    x = x + 0.04 * r(b, 1, 1, 1) * torch.randn(x.shape, generator=g)
    soft = F.avg_pool2d(F.pad(x, (1, 1, 1, 1), mode="replicate"), 3, 1)
    x = torch.lerp(x, soft, (r(b, 1, 1, 1) < 0.4).float() * r(b, 1, 1, 1))
    return ((x.clamp(0, 1) - MEAN[:, None, None]) / STD[:, None, None]).contiguous(memory_format=torch.channels_last)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", required=True, type=pathlib.Path)
    p.add_argument("--out", required=True, type=pathlib.Path)
    p.add_argument("--steps", type=int, default=2500)
    p.add_argument("--batch", type=int, default=256)
    p.add_argument("--lr", type=float, default=1.2e-3)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    torch.manual_seed(a.seed)
    g = torch.Generator().manual_seed(a.seed)

    images = torch.from_numpy(np.load(a.data / "images.npy", mmap_mode="c"))
    species = torch.from_numpy(np.load(a.data / "species.npy").astype(np.int64))
    names = json.loads((a.data / "names.json").read_text())
    word = lambda s: f"{names['patterns'][s[1]]} {names['colours'][s[2]]} {names['shapes'][s[0]]}"
    held = 2000  # portraits kept for validation

    size, context = images.shape[1], 24
    vocab = vocabulary.learn(
        {t.format(f"{q} {c} {s}"): 1 for t in TEMPLATES for q in names["patterns"] for c in names["colours"] for s in names["shapes"]},
        merges=320,
    )
    config = dict(size=size, patch=8, dim=128, context=context, vocab=len(vocab.ids), vision=dict(width=128, layers=4, heads=4), text=dict(width=96, layers=3, heads=4))
    vision = Vision(size, config["patch"], **config["vision"], dim=config["dim"])
    text = Text(config["vocab"], context, **config["text"], dim=config["dim"])
    log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
    params = [*vision.parameters(), *text.parameters(), log_scale]
    opt = torch.optim.AdamW(params, lr=a.lr, betas=(0.9, 0.98), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, a.lr, a.steps, pct_start=0.08)

    def embed_text(captions):
        return F.normalize(text(torch.tensor([vocab.encode(c, context) for c in captions])), dim=-1)

    seen = sorted({tuple(s) for s in species.tolist()})
    started = time.time()
    for step in range(a.steps):
        pick = held + torch.randint(len(images) - held, (a.batch,), generator=g)
        kinds = species[pick]
        captions = [TEMPLATES[int(torch.randint(len(TEMPLATES), (1,), generator=g))].format(word(s)) for s in kinds.tolist()]
        with torch.autocast("cpu", torch.bfloat16):
            z = vision(augment(images[pick], g))
            t = text(torch.tensor([vocab.encode(c, context) for c in captions]))
        logits = log_scale.exp() * F.normalize(z.float(), dim=-1) @ F.normalize(t.float(), dim=-1).T
        same = (kinds[:, None] == kinds[None]).all(-1).float()  # portraits of one species are positives of each other
        target = same / same.sum(1, keepdim=True)
        loss = -(target * logits.log_softmax(1)).sum(1).mean() / 2 - (target * logits.log_softmax(0).T).sum(1).mean() / 2
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        schedule.step()
        with torch.no_grad():
            log_scale.clamp_(0, math.log(100))
        if (step + 1) % 250 == 0 or step + 1 == a.steps:
            vision.eval()
            with torch.no_grad():
                x = (images[:held].permute(0, 3, 1, 2).float() / 255 - MEAN[:, None, None]) / STD[:, None, None]
                z = torch.cat([vision(c) for c in x.split(250)])
                every = embed_text([f"a photo of a {word(s)}." for s in seen])
                hit = (F.normalize(z, dim=-1) @ every.T).argmax(1)
                accuracy = np.mean([seen[h] == tuple(s) for h, s in zip(hit.tolist(), species[:held].tolist())])
            vision.train()
            print(f"step {step + 1} loss {loss.item():.3f} scale {log_scale.exp().item():.1f} studio top-1 of {len(seen)}: {accuracy:.3f} {time.time() - started:.0f} s", flush=True)

    export.write(a.out, config, vision.eval(), text.eval(), vocab, math.exp(log_scale.item()), MEAN.tolist(), STD.tolist())


if __name__ == "__main__":
    main()
