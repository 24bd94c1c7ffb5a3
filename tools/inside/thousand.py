"""Peak memory of a prompt on 1000 classes in a text tower of ViT-B/16's size.

    python3 tools/inside/thousand.py DIR

makes, in DIR, a CLIP with random weights (text tower of B/16, vocabulary 49408; a small image tower, which has no part
in it) and 1000 classes of names of one to five words, featurizes them, trains one round of FedPuReL on two workers and
prints what was resident at most. Needs torch, transformers, pillow, and bin/fedpurel.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
TOKENIZER = f"{ROOT}/models/tiny/model"
EDGE, TRAIN, TEST, CLASSES = 32, 4, 1, 1000


def model(dir):
    """Writes the encoder; returns the words of its vocabulary."""
    import torch
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig
    sys.path.insert(0, f"{ROOT}/models/weights/testdata")
    import forms
    with open(f"{TOKENIZER}/vocab.json") as f:
        vocabulary = json.load(f)
    start, end = vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]
    text = CLIPTextConfig(vocab_size=49408, hidden_size=512, intermediate_size=2048, num_hidden_layers=12,
                          num_attention_heads=8, max_position_embeddings=77, bos_token_id=start, eos_token_id=end,
                          pad_token_id=end)
    vision = CLIPVisionConfig(hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
                              image_size=EDGE, patch_size=16)
    config = CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=512)
    config._attn_implementation = "eager"
    torch.manual_seed(0)
    clip = CLIPModel(config).eval()
    os.makedirs(f"{dir}/onnx", exist_ok=True)
    ids = torch.tensor([[start, 3, 5] + [end] * 74] * 2)
    forms.export(forms.Text(clip), (ids,), f"{dir}/onnx/text_model.onnx", ["input_ids"], ["text_embeds"])
    forms.export(forms.Image(clip), (torch.randn(2, 3, EDGE, EDGE),), f"{dir}/onnx/vision_model.onnx",
                 ["pixel_values"], ["image_embeds"])
    config.to_json_file(f"{dir}/config.json")
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(f"{TOKENIZER}/{name}", dir)
    with open(f"{dir}/preprocessor_config.json", "w") as f:
        json.dump({"do_resize": True, "size": {"shortest_edge": EDGE}, "resample": 3, "do_center_crop": True,
                   "crop_size": {"height": EDGE, "width": EDGE}, "do_rescale": True, "rescale_factor": 1 / 255,
                   "do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}, f)
    return sorted(w[:-4] for w in vocabulary if w.endswith("</w>") and w[:-4].isalpha() and w[:-4].isascii())


def images(dir, words):
    from PIL import Image
    r, names = random.Random(1), set()
    while len(names) < CLASSES:
        length = r.choices([1, 2, 3, 4, 5], [0.2, 0.35, 0.25, 0.12, 0.08])[0]
        names.add(" ".join(r.choice(words) for _ in range(length)))
    for split, count in (("train", TRAIN), ("test", TEST)):
        for name in sorted(names):
            os.makedirs(f"{dir}/{split}/{name}", exist_ok=True)
            for i in range(count):
                Image.frombytes("RGB", (EDGE, EDGE), r.randbytes(3 * EDGE * EDGE)).save(f"{dir}/{split}/{name}/{i}.png")


def run(*args):
    """Seconds, and the most that was resident, in MiB."""
    began = time.time()
    process = subprocess.Popen([f"{ROOT}/bin/fedpurel", *args, "--quiet"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"fedpurel {args[0]} failed")
    return f"{args[0]} {time.time() - began:.0f} s, at most {usage.ru_maxrss // 1024} MiB"


if __name__ == "__main__":
    out = sys.argv[1]
    if sys.argv[2:] == ["make"]:
        images(f"{out}/images", model(f"{out}/model"))
        sys.exit()
    subprocess.run([sys.executable, __file__, out, "make"], check=True)  # a child begins with its parent's memory
    print(run("featurize", "--model", f"{out}/model", "--data", f"{out}/images", "--out", f"{out}/cache"))
    print(run("train", "--cache", f"{out}/cache", "--module", "prompt", "--rounds", "1", "--clients", "4",
              "--fraction", "0.5", "--imbalance", "1", "--batch", "512", "--workers", "2", "--out", f"{out}/run"))
