#!/usr/bin/env python3
"""Compares the embeddings of a cache with those that PyTorch computes from the same pictures and prompts.

    python3 tools/export_clip.py --random ViT-B-16 --out model
    fedpurel featurize --data PICTURES --model model --out CACHE
    python3 tools/reference/features.py --random ViT-B-16 --data PICTURES --cache CACHE

Takes the options of tools/export_clip.py that name the model. Pictures go through Pillow and the model's own transforms (open_clip's, or
transformers' image processor), prompts through its own tokenizer. Prints the smallest and the mean cosine for images and texts; exit code 1
if one is below --least. Needs what export_clip.py needs, Pillow, and ftfy for OpenAI's tokenizer.
"""
import json
import pathlib
import sys

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
import export_clip  # noqa: E402


def image_transform(source, arguments):
    if isinstance(source, export_clip.HuggingFace):
        from transformers import AutoImageProcessor
        processor = AutoImageProcessor.from_pretrained(arguments.hf, revision=arguments.revision, backend="pil")
        return lambda picture: processor(columns_first(picture.convert("RGB"), source), return_tensors="pt")["pixel_values"][0]
    import open_clip
    images = source.images
    squash = "height" in images["size"]
    transform = open_clip.image_transform(source.size, is_train=False, mean=tuple(images["image_mean"]), std=tuple(images["image_std"]),
                                     interpolation="bicubic" if images["resample"] == 3 else "bilinear", resize_mode="squash" if squash else "shortest")
    return lambda picture: transform(columns_first(picture.convert("RGB"), source))


def columns_first(picture, source):
    """Resizes columns, then leaves the rows to the model's own transform: the order of all Pillows but 13 and later, which begin with the
    rows of pictures that are squashed mostly in height."""
    if "shortest_edge" in source.images["size"] or not isinstance(source.images["size"], dict):
        return picture
    return picture.resize((source.size, picture.height), Image.Resampling(source.images["resample"]))


def tokenize(source, arguments):
    if source.family == "siglip":
        from tokenizers import Tokenizer
        pieces = Tokenizer.from_file(str((arguments.tokenizer or pathlib.Path(arguments.hf)) / "tokenizer.json"))
        pieces.enable_truncation(source.context)
        pieces.enable_padding(length=source.context, pad_id=1, pad_token="</s>")
        return lambda texts: torch.tensor([e.ids for e in pieces.encode_batch(texts)])
    if isinstance(source, export_clip.HuggingFace):
        from transformers import AutoTokenizer
        tokenizer = AutoTokenizer.from_pretrained(arguments.tokenizer or arguments.hf)
        return lambda texts: tokenizer(texts, padding="max_length", truncation=True, max_length=source.context, return_tensors="pt")["input_ids"]
    if arguments.tokenizer:
        from transformers import CLIPTokenizer
        tokenizer = CLIPTokenizer.from_pretrained(arguments.tokenizer)
        return lambda texts: tokenizer(texts, padding="max_length", truncation=True, max_length=source.context, return_tensors="pt")["input_ids"]
    import open_clip
    return open_clip.SimpleTokenizer(context_length=source.context)


def cosines(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def say(what, got, want):
    """Prints how near the rows are, and for comparison how near they are to the next row, which is of something else."""
    c = cosines(got, want)
    print(f"{what}, cosine at least {c.min():.8f}, mean {c.mean():.8f} (of different rows: mean {cosines(got, np.roll(want, 1, axis=0)).mean():.5f})")
    return c.min()


def main():
    p = export_clip.parser()
    p.description = __doc__
    p.add_argument("--data", type=pathlib.Path, required=True, help="the pictures that the cache was made from")
    p.add_argument("--cache", type=pathlib.Path, required=True)
    p.add_argument("--least", type=float, default=0.99999)
    arguments = p.parse_args()
    source = export_clip.load(arguments)
    manifest = json.loads((arguments.cache / "manifest.json").read_text())
    before = (arguments.cache / "projection.npy").exists()
    transform, worst = image_transform(source, arguments), 1.0
    for split in manifest["splits"]:
        name = split["name"]
        files = (arguments.cache / f"{name}.files.txt").read_text().splitlines()
        got = np.load(arguments.cache / f"{name}.features.npy")
        want = []
        with torch.no_grad():
            for file in files:
                out = source.image(transform(Image.open(arguments.data / file))[None], before)
                want.append((out[1] if before else out)[0].numpy())
        worst = min(worst, say(f"{name}: {len(files)} images", got, np.stack(want)))
    if manifest.get("templates"):
        text, run = np.load(arguments.cache / "text.features.npy"), tokenize(source, arguments)
        want = np.zeros((len(manifest["classes"]), source.dim))
        with torch.no_grad():
            for template in manifest["templates"]:
                out = source.text(run([template.replace("{}", c) for c in manifest["classes"]])).numpy().astype(np.float64)
                want += out / np.linalg.norm(out, axis=1, keepdims=True)
        worst = min(worst, say(f"text: {len(text)} classes", text, want))
    sys.exit(int(worst < arguments.least))


if __name__ == "__main__":
    main()
