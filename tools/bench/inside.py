"""Training inside CLIP in PyTorch on the CPU: what fedpurel's towers are timed against.

    inside.py prompts --length 77 --threads 1     a purified step of a context of four tokens, texts padded to a length
    inside.py lora --all --dropout 0.25           a purified step of LoRA in the last vision block, from its cached input

Geometry of ViT-B/16, weights at random, autograd with respect to what is trained alone. Both cotangents go back one
after the other. --all lets all tokens through the last block, as naive code does, and not the class token alone.
"""

import argparse
import json
import math
import platform
import time

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["versions", "prompts", "lora"])
parser.add_argument("--length", type=int, default=77)
parser.add_argument("--classes", type=int, default=100)
parser.add_argument("--layers", type=int, default=12)
parser.add_argument("--images", type=int, default=32)
parser.add_argument("--all", action="store_true")
parser.add_argument("--dropout", type=float, default=0.0)
parser.add_argument("--steps", type=int, default=3)
parser.add_argument("--threads", type=int, default=1)
args = parser.parse_args()

import torch
import torch.nn.functional as F

torch.set_num_threads(args.threads)
torch.manual_seed(1)


def small(*shape, spread=0.05):
    return (torch.rand(*shape) * 2 - 1) * spread


class Block:
    def __init__(self, width, heads):
        self.heads = heads
        self.norms = [(torch.ones(width), torch.zeros(width)) for _ in range(2)]
        self.qkvo = [(small(width, width), small(width)) for _ in range(4)]
        self.up = small(4 * width, width), small(4 * width)
        self.down = small(width, 4 * width), small(width)

    def norm(self, x, i):
        return F.layer_norm(x, x.shape[-1:], *self.norms[i])

    def attend(self, q, k, v, causal=False):
        split = lambda t: t.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        out = F.scaled_dot_product_attention(split(q), split(k), split(v), is_causal=causal)
        return out.transpose(1, 2).flatten(2)

    def rest(self, x, o):
        x = x + F.linear(o, *self.qkvo[3])
        h = F.linear(self.norm(x, 1), *self.up)
        return x + F.linear(h * torch.sigmoid(1.702 * h), *self.down)


def timed(step):
    step()
    best = math.inf
    for _ in range(args.steps):
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return best


def prompts():
    width, context = 512, 4
    blocks = [Block(width, 8) for _ in range(args.layers)]
    tokens = small(args.classes, args.length, width)
    ends = torch.arange(args.classes) % 3 + 7  # where texts end matters to nothing but which row is taken
    projection = small(width, width)
    ctx = small(context, width).requires_grad_()
    cotangents = small(2, args.classes, width, spread=1)

    def step():
        x = torch.cat([tokens[:, :1], ctx.expand(args.classes, -1, -1), tokens[:, 1 + context:]], 1)
        for b in blocks:
            y = b.norm(x, 0)
            q, k, v = (F.linear(y, *b.qkvo[i]) for i in range(3))
            x = b.rest(x, b.attend(q, k, v, causal=True))
        f = F.layer_norm(x, (width,))[torch.arange(args.classes), ends] @ projection
        torch.autograd.grad(f, ctx, cotangents[0], retain_graph=True)
        torch.autograd.grad(f, ctx, cotangents[1])

    return timed(step)


def lora():
    width, length, rank, gamma = 768, 197, 8, 5.6
    block, projection = Block(width, 12), small(512, width)
    x = small(args.images, length, width, spread=1).half()
    low = [(small(rank, width).requires_grad_(), small(width, rank).requires_grad_()) for _ in range(3)]
    parameters = [p for pair in low for p in pair]
    cotangents = small(2, args.images, 512, spread=1)

    def step():
        stream = x.float()
        y = block.norm(stream, 0)
        maps = []
        for i, (a, b) in enumerate(low):
            of = y if args.all or i else y[:, :1]
            dropped = F.dropout(of, args.dropout) if args.dropout else of
            maps.append(F.linear(of, *block.qkvo[i]) + gamma * F.linear(F.linear(dropped, a), b))
        stream = stream if args.all else stream[:, :1]
        out = block.rest(stream, block.attend(*maps))[:, 0]
        f = F.linear(F.layer_norm(out, (width,)), projection)
        torch.autograd.grad(f, parameters, cotangents[0], retain_graph=True)
        torch.autograd.grad(f, parameters, cotangents[1])

    return timed(step)


if args.what == "versions":
    print(json.dumps({"Versions": {"python": platform.python_version(), "torch": torch.__version__}}))
else:
    print(json.dumps({"Seconds": prompts() if args.what == "prompts" else lora()}))
