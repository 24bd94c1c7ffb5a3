"""Makes the pictures of this folder and pillow.json, the SHA-256 of the RGB bytes that Pillow decodes from each.

Run it in this folder with Python 3, numpy and Pillow 10.2 or later, and with cjpeg of libjpeg-turbo on the path:
python3 make.py
"""

import glob
import hashlib
import io
import json
import os
import subprocess

import numpy as np
from PIL import Image

rng = np.random.default_rng(1)


def picture(w, h):
    """Waves, discs with hard edges and a little noise, in strong colours."""
    y, x = np.mgrid[:h, :w]
    planes = [128 + 70 * np.sin(x / rng.uniform(3, 9) + y / rng.uniform(3, 20)) for _ in range(3)]
    a = np.stack(planes, 2)
    for _ in range(4):
        cx, cy, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(2, 2 + min(w, h) / 3)
        a[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.integers(0, 256, 3)
    a[h // 2 :, w // 2 :] += rng.normal(0, 12, (h - h // 2, w - w // 2, 3))
    return Image.fromarray(np.clip(a, 0, 255).astype(np.uint8))


def pillow(name, size, mode="RGB", **options):
    picture(*size).convert(mode).save(name + ".jpg", **{"quality": 90, **options})


def cjpeg(name, size, *options, scans=""):
    ppm = io.BytesIO()
    picture(*size).save(ppm, "ppm")
    if scans:
        with open("scans.txt", "w") as f:
            f.write(scans)
        options += ("-scans", "scans.txt")
    with open(name + ".jpg", "wb") as f:
        subprocess.run(["cjpeg", *options], input=ppm.getvalue(), stdout=f, check=True)
    if scans:
        os.remove("scans.txt")


for old in glob.glob("*.jpg"):
    os.remove(old)

size = 67, 45
for progressive in False, True:
    kind = "progressive" if progressive else "baseline"
    for subsampling, ratio in enumerate(["444", "422", "420"]):
        pillow(f"{kind}-{ratio}", size, subsampling=subsampling, progressive=progressive)
    pillow(f"{kind}-grey", size, "L", progressive=progressive)
    pillow(f"{kind}-rgb", size, keep_rgb=True, progressive=progressive)
    pillow(f"{kind}-restart", size, restart_marker_blocks=3, progressive=progressive)
    for q in 5, 100:
        pillow(f"{kind}-quality{q}", size, quality=q, progressive=progressive)
    cjpeg(f"{kind}-440", size, "-sample", "1x2", *["-progressive"] * progressive)
    cjpeg(f"{kind}-mixed", size, "-sample", "2x2,1x2,2x1", *["-progressive"] * progressive)
pillow("optimised", size, optimize=True)
pillow("restart-rows", (40, 200), restart_marker_rows=1)
pillow("wide-tables", size, quality=1, qtables=[[256 + 3 * i for i in range(64)], [300] * 64])
pillow("white", (64, 40), subsampling=2, quality=75)
pillow("cmyk", (16, 16), "CMYK")
cjpeg("411", size, "-sample", "4x1")
cjpeg("410", size, "-sample", "4x2")
cjpeg("141", size, "-sample", "1x4")
cjpeg("three-scans", size, scans="2;0;1;")
cjpeg("two-scans", size, "-restart", "5B", scans="0;1,2;")
cjpeg("bit-by-bit", size, scans="0,1,2: 0-0, 0, 1; 0,1,2: 0-0, 1, 0; 0: 1-63, 0, 2; 1: 1-63, 0, 0; 2: 1-63, 0, 0; 0: 1-63, 2, 1; 0: 1-63, 1, 0;")
for w, h in (1, 1), (2, 2), (3, 5), (4, 3), (5, 4), (7, 9), (8, 8), (15, 17), (16, 16), (17, 33), (31, 2), (2, 31), (33, 1), (1, 33):
    pillow(f"size-{w}x{h}-420", (w, h), subsampling=2)
    if w < 16:
        pillow(f"size-{w}x{h}-422", (w, h), subsampling=1, progressive=w % 2 == 0)
        cjpeg(f"size-{w}x{h}-440", (w, h), "-sample", "1x2")

expected = {}
for name in sorted(glob.glob("*.jpg")):
    if name == "cmyk.jpg":
        continue
    im = Image.open(name)
    assert im.mode in ("RGB", "L"), name
    rgb = im.convert("RGB").tobytes()
    expected[name] = {"width": im.width, "height": im.height, "sha256": hashlib.sha256(rgb).hexdigest()}
with open("pillow.json", "w") as f:
    json.dump(expected, f, indent=1)
    f.write("\n")
