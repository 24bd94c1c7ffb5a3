#!/usr/bin/env python3
"""Makes featurize/testdata/exported: a miniature from tools/export_clip.py, with what PyTorch makes of some pictures and prompts.

    python3 tools/reference/miniature.py

The architecture is open_clip's with the sizes in miniature.json and random weights; the vocabulary is that of the embedded model.
Needs what export_clip.py needs, Pillow and transformers.
"""
import json
import pathlib
import shutil
import sys

import torch
from PIL import Image

here = pathlib.Path(__file__).parent
root = here.parent.parent
sys.path.insert(0, str(here.parent))
import export_clip  # noqa: E402
import features  # noqa: E402

PICTURES = "jpeg/testdata/baseline-420.jpg", "jpeg/testdata/progressive-444.jpg", "pixel/testdata/tensor-50x40.png", "pixel/testdata/tensor-17x23.png"
PROMPTS = "a photo of a red circle.", "a photo of a striped square", "Ünïcode & numbers 123", ""


def main():
    out = root / "featurize" / "testdata" / "exported"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    p = export_clip.parser()
    arguments = p.parse_args(["--random", str(here / "miniature.json"), "--seed", "5", "--tokenizer", str(root / "models" / "tiny" / "model")])
    arguments.out, arguments.pre_projection, arguments.image_only, arguments.date = out / "model", True, False, "2026-11-24"
    source = export_clip.load(arguments)
    export_clip.export(source, arguments)
    transform, tokens = features.image_transform(source, arguments), features.tokenize(source, arguments)
    pictures, prompts = [], []
    with torch.no_grad():
        for name in PICTURES:
            embedding, feature = source.image(transform(Image.open(root / "featurize" / name))[None], True)
            pictures.append({"file": name, "embedding": embedding[0].tolist(), "feature": feature[0].tolist()})
        for text in PROMPTS:
            ids = tokens([text])
            prompts.append({"text": text, "ids": ids[0].tolist(), "embedding": source.text(ids)[0].tolist()})
    (out / "expected.json").write_text(json.dumps({"logit_scale": source.scale, "pictures": pictures, "prompts": prompts}) + "\n")


if __name__ == "__main__":
    main()
