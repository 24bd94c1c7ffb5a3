"""Statistics of torchvision's RandomResizedCrop, for random_test.go: python3 crops.py > crops.json"""
import json

import torch
import torchvision
from torchvision.transforms import RandomResizedCrop

torch.manual_seed(1)
n = 100_000
out = {"torchvision": torchvision.__version__, "draws": n, "sizes": []}
for w, h in (500, 375), (32, 32), (300, 1000), (1000, 100), (1, 7):
    blank, rows = torch.zeros(3, h, w), []
    for _ in range(n):
        top, left, height, width = RandomResizedCrop.get_params(blank, (0.08, 1.0), (3 / 4, 4 / 3))
        rows.append([width * height / (w * h), width / height, (left + width / 2) / w, (top + height / 2) / h])
    t = torch.tensor(rows, dtype=torch.float64)
    out["sizes"].append({"w": w, "h": h, "mean": [round(v, 6) for v in t.mean(0).tolist()], "sd": [round(v, 6) for v in t.std(0).tolist()]})
print(json.dumps(out, indent=1))
