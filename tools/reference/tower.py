"""The built-in encoder's towers in PyTorch, and the modules that train inside them."""
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from module import Model, unit

TINY = pathlib.Path(__file__).parents[2] / "models/tiny/model"
EPS = 1e-5


class Tower:
    """Blocks x + W_o attention(LN x), x + W_2 act(W_1 LN x), and the end's norm and projection, by the file's names."""

    def __init__(self, part):
        import onnx
        graph = onnx.load(TINY / f"onnx/{part}_model.onnx").graph
        held = {i.name: torch.from_numpy(onnx.numpy_helper.to_array(i).astype(np.float64)) for i in graph.initializer}
        for n in graph.node:  # maps have no names of their own: that of the operator
            for name in n.input:
                if n.op_type == "MatMul" and name in held:
                    held[n.name.removesuffix("/MatMul").strip("/").replace("/", ".") + ".weight"] = held[name].T
        self.w = held
        self.heads = json.loads((TINY / "config.json").read_text())[f"{part}_config"]["num_attention_heads"]
        self.depth = 1 + max(int(n.split(".")[1]) for n in held if n.startswith("blocks."))

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.w[name + ".weight"], self.w[name + ".bias"], EPS)

    def linear(self, x, name):
        return F.linear(x, self.w[name + ".weight"], self.w.get(name + ".bias"))

    def mix(self, i, y, low=lambda which: 0, causal=False):
        """Attention over all tokens of y; low are low-rank terms of q, k and v."""
        n, length, width = y.shape
        q, k, v = self.linear(y, f"blocks.{i}.qkv").chunk(3, -1)
        split = lambda t: t.reshape(n, length, self.heads, -1).transpose(1, 2)
        scores = split(q + low("q")) @ split(k + low("k")).mT * (width // self.heads) ** -0.5
        if causal:
            scores = scores.masked_fill(torch.ones(length, length).triu(1).bool(), -torch.inf)
        mixed = (scores.softmax(-1) @ split(v + low("v"))).transpose(1, 2).reshape(n, length, width)
        return self.linear(mixed, f"blocks.{i}.out")

    def mlp(self, i, h):
        u = self.linear(self.norm(h, f"blocks.{i}.norm2"), f"blocks.{i}.up")
        return h + self.linear(u * torch.sigmoid(1.702 * u), f"blocks.{i}.down")

    def end(self, x):
        return self.linear(self.norm(x, "post"), "projection")


class Prompt(Model):
    """prompt and prompt-class: class texts through the whole tower, context tokens before the names."""

    def __init__(self, spec, text, scale, classes):
        super().__init__(spec, text, scale)
        from transformers import CLIPTokenizer
        read = CLIPTokenizer(str(TINY / "vocab.json"), str(TINY / "merges.txt"))
        self.names = [read(c + ".")["input_ids"] for c in classes]
        self.tower, self.n = Tower("text"), spec["prompt_tokens"]

    def moved(self, p):
        w, contexts = self.tower.w, p["ctx"]
        if self.kind == "prompt":
            contexts = contexts.expand(len(self.names), *contexts.shape)
        else:
            contexts = contexts.reshape(len(self.names), self.n, -1)
        longest = self.n + max(map(len, self.names))
        rows = []
        for ids, context in zip(self.names, contexts):
            tokens = w["tokens.weight"][torch.tensor(ids)]
            row = torch.cat([tokens[:1], context, tokens[1:]])
            rows.append(F.pad(row, (0, 0, 0, longest - len(row))))
        x = torch.stack(rows) + w["pos"][:longest]
        for i in range(self.tower.depth):
            x = self.tower.mlp(i, x + self.tower.mix(i, self.tower.norm(x, f"blocks.{i}.norm1"), causal=True))
        ends = torch.tensor([self.n + len(ids) - 1 for ids in self.names])
        return unit(self.tower.end(x[torch.arange(len(rows)), ends]))

    def feature(self, p, x, mask=None):
        return unit(x)


class LoRAVision(Model):
    """lora-vision: x are rows of tokens, as the cache has them for the last blocks."""

    def __init__(self, spec, text, scale, tokens):
        super().__init__(spec, text, scale)
        self.tower, self.blocks = Tower("vision"), tokens["blocks"]
        self.length, self.width = tokens["length"], tokens["width"]

    def through(self, x, low=lambda block, which, y: 0):
        x = x.reshape(len(x), -1, self.width)
        y, x = (x[:, :self.length], x[:, self.length:]) if self.blocks == 1 else (None, x)
        for b in range(self.blocks):
            i = self.tower.depth - self.blocks + b
            if self.blocks > 1:
                y = self.tower.norm(x, f"blocks.{i}.norm1")
            mixed = self.tower.mix(i, y, lambda which: low(b, which, y))
            x = self.tower.mlp(i, x + mixed[:, :x.shape[1]])
        return unit(self.tower.end(x[:, 0]))

    def feature(self, p, x, mask=None):
        masks = None if mask is None else mask.reshape(len(x), self.blocks, 3, self.length, self.width)

        def low(block, which, y):
            name = f"block{block}.{which}."
            dropped = y if masks is None else y * masks[:, block, "qkv".index(which)]
            return self.gamma * dropped @ p[name + "A"].T @ p[name + "B"].T
        return self.through(x, low)

    def zero_shot(self, x):
        return self.scale * self.through(x) @ self.text.T


class Tokens:
    """The rows of a split's token files, of plain pictures, read where they are asked for."""

    def __init__(self, cache):
        self.files = [np.load(f, mmap_mode="r") for f in sorted(cache.glob("train.tokens.*.npy"))]
        self.starts = np.cumsum([0] + [len(f) for f in self.files])

    def __getitem__(self, rows):
        which = np.searchsorted(self.starts, rows, side="right") - 1
        taken = [self.files[f][row - self.starts[f], 0] for f, row in zip(which, rows)]
        return torch.from_numpy(np.stack(taken).astype(np.float64))
