"""A recorded run: what `fedpurel train --trace` wrote, and the cache that it learned from."""
import json

import numpy as np
import torch

from module import Model, Params


def array(path):
    return torch.from_numpy(np.load(path).astype(np.float64))


class Trace:
    def __init__(self, cache, folder):
        self.folder = folder
        self.head = json.loads((folder / "trace.json").read_text())
        self.spec, self.tensors, self.sizes = self.head["spec"], self.head["tensors"], self.head["client_sizes"]
        self.x, self.y = array(cache / "train.features.npy"), array(cache / "train.labels.npy").long()
        scale = float(np.float32(self.head["logit_scale"]))
        projection = array(cache / "projection.npy") if (cache / "projection.npy").exists() else None
        self.views = array(cache / "train.views.npy") if self.spec.get("views") else None  # (N, K, columns)
        if projection is not None and not self.spec["module"].startswith("projection"):
            self.x = self.x @ projection.T
            self.views, projection = self.views if self.views is None else self.views @ projection.T, None
        self.model = Model(self.spec, array(cache / "text.features.npy"), scale, projection)
        if self.spec["module"] in ("prompt", "prompt-class", "lora-vision"):
            self.inside(cache, scale)
        self.initial, self.zero_shot = array(folder / "initial.npy"), array(folder / "zeroshot.npy")
        self.rounds = {}  # round → stage → client → steps
        for line in (folder / "steps.jsonl").read_text().splitlines():
            s = json.loads(line)
            self.rounds.setdefault(s["round"], {}).setdefault(s["stage"], {}).setdefault(s["client"], []).append(s)

    def inside(self, cache, scale):
        """The module stands in the encoder, the built-in one."""
        import tower
        about, text = json.loads((cache / "manifest.json").read_text()), self.model.text
        if self.spec["module"] == "lora-vision":
            self.model, self.x = tower.LoRAVision(self.spec, text, scale, about["tokens"]), tower.Tokens(cache)
        else:
            self.model = tower.Prompt(self.spec, text, scale, about["classes"])

    def params(self, flat):
        return Params(flat, self.tensors)

    def mask(self, names):
        """Where in a flat vector the tensors with these names lie."""
        at = torch.zeros(len(self.initial), dtype=torch.bool)
        for t in self.tensors:
            if t["name"] in names:
                at[t["offset"]:t["offset"] + t["rows"] * t["cols"]] = True
        return at

    def batches(self, steps):
        """Features, labels and dropout factors of every step."""
        for s in steps:
            mask = array(self.folder / s["mask"]) if "mask" in s else None
            x = self.x[s["rows"]] if self.views is None else self.views[s["rows"], torch.tensor(s["views"]) - 1]
            yield x, self.y[s["rows"]], mask

    def mean(self, vectors):
        """The mean of vectors by client, weighted by samples."""
        total = sum(self.sizes[k] for k in vectors)
        return sum(self.sizes[k] / total * v for k, v in vectors.items())
