"""Makes files whose pixels Pillow and PyTorch know, beside what they make of them.

    python3 make.py          # needs pillow, numpy, torch, torchvision; writes into this folder

Of NAME, NAME.png is what Image.open(NAME).convert("RGB") shows, for turned-*.jpg after ImageOps.exif_transpose. tensor.json
holds samples of FedPuReL's CIFAR preprocessing.
"""
import io
import json
import pathlib

import numpy as np
import torch
from PIL import Image, ImageOps, TiffImagePlugin
from torchvision import transforms

here = pathlib.Path(__file__).parent


def picture(w, h, k=0):
    y, x = np.mgrid[:h, :w]
    return Image.fromarray(np.stack([(7 * x + 3 * y + k * 20) % 256, (x * x // 3 + 9 * y) % 256, (5 * (x ^ y) + 17 + k) % 256], -1).astype(np.uint8))


def smooth(w, h, k=0):
    y, x = np.mgrid[:h, :w] / max(w, h)
    return Image.fromarray((127 + 120 * np.stack([np.sin(5 * x + k), np.cos(4 * y + k), np.sin(3 * (x + y))], -1)).astype(np.uint8))


def keep(name, transpose=False):
    image = Image.open(here / name)
    if transpose:
        image = ImageOps.exif_transpose(image)
    image.convert("RGB").save(here / (name + ".png"), optimize=True)


frames = [smooth(40, 30, k).convert("RGBA") for k in range(3)]
small = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
small.paste(smooth(12, 10).convert("RGBA"), (10, 8))
for name, first, lossless in [("frames.webp", frames[0], False), ("frames-lossless.webp", frames[0], True), ("frames-offset.webp", small, True)]:
    first.save(here / name, save_all=True, append_images=frames[1:], lossless=lossless, quality=80, duration=50)
    keep(name)

for tag in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = tag
    smooth(24, 16).save(here / f"turned-{tag}.jpg", quality=90, subsampling=0, exif=exif)
    keep(f"turned-{tag}.jpg", transpose=True)
exif = Image.Exif()
exif[0x0112] = 6
picture(9, 7).save(here / "turned.png.exif", "PNG", exif=exif)
picture(9, 7).save(here / "turned.webp.exif", "WEBP", lossless=True, exif=exif)
picture(9, 7).save(here / "turned.tiff.exif", "TIFF", tiffinfo={0x0112: 6})

cases = []
for w, h, size in [(32, 32, 224), (32, 32, 64), (17, 23, 48), (50, 40, 16)]:
    x = transforms.ToTensor()(picture(w, h))
    x = transforms.Normalize((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762))(x)
    x = torch.nn.functional.interpolate(x[None], (size, size), mode="bilinear", align_corners=False)[0]
    if w == h == 32:  # the released transform is torchvision's; enlarging, both are the same
        assert torch.allclose(x, transforms.Resize((size, size))(transforms.Normalize((0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762))(transforms.ToTensor()(picture(w, h)))), atol=1e-6)
    flat = x.flatten()
    at = list(range(0, flat.numel(), max(1, flat.numel() // 199)))
    picture(w, h).save(here / f"tensor-{w}x{h}.png", optimize=True)
    cases.append({"file": f"tensor-{w}x{h}.png", "size": size, "at": at, "value": [round(float(flat[i]), 7) for i in at]})
(here / "tensor.json").write_text(json.dumps(cases) + "\n")

for name, w, h, samples, most in [("colours.ppm", 9, 7, 3, 255), ("colours-100.ppm", 9, 7, 3, 100), ("colours-1000.ppm", 9, 7, 3, 1000),
                                  ("colours-65535.ppm", 9, 7, 3, 65535), ("grey.pgm", 9, 7, 1, 255), ("grey-6.pgm", 9, 7, 1, 6)]:
    values = (np.arange(h * w * samples) * 7919) % (most + 1)
    blank = b"\n# a comment\n" if most == 100 else b"\n"
    (here / name).write_bytes(b"P%d" % (5 + samples // 2) + blank + b"%d %d\n%d\n" % (w, h, most) + values.astype(">u2" if most > 255 else "u1").tobytes())
    keep(name)

bilevel = Image.fromarray((np.indices((20, 30)).sum(0) % 7) < 3).convert("1")
for group in 3, 4:
    for photometric in 0, 1:  # zeros are white, or black
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[262] = photometric
        bilevel.save(here / f"fax-{group}-{photometric}.tif", compression=f"group{group}", tiffinfo=tags)
