#!/usr/bin/env python3
"""Exports a CLIP checkpoint to a model folder of fedpurel: two ONNX towers with a free batch size, and all that goes with them.

    python3 tools/export_clip.py --openai ViT-B-16.pt --out vit-b16                      # OpenAI's own files
    python3 tools/export_clip.py --hf openai/clip-vit-base-patch16 --out vit-b16         # Hugging Face: name or folder, CLIP or SigLIP
    python3 tools/export_clip.py --open-clip ViT-B-16 --pretrained laion.bin --out vit-b16
    python3 tools/export_clip.py --random ViT-B-16 --out random-b16                      # untrained weights, for trials

--pre-projection adds the image features before the visual projection (output pooler_output) and that matrix
(visual_projection.npy), which `fedpurel featurize --pre-projection` and `train --module projection` need.
Needs torch, onnx, numpy; open_clip_torch or transformers, whichever the source is of; onnxruntime for the final check.
"""
import argparse
import datetime
import gzip
import hashlib
import json
import pathlib
import shutil
import sys
import warnings

import numpy as np
import onnx
import torch

BICUBIC = {"bicubic": 3, "bilinear": 2}
warnings.filterwarnings("ignore", category=DeprecationWarning)  # PyTorch's older exporter, on purpose: it needs no further package
warnings.filterwarnings("ignore", module="torch|open_clip|transformers")
torch.backends.mha.set_fastpath_enabled(False)  # the exporter knows the plain path only


class Source:
    """A dual encoder and what its files say: towers as functions, image size, statistics, tokenizer files, origin."""

    def __init__(self, model, family, dim, size, context, scale, images, origin):
        self.model, self.family, self.dim, self.size, self.context = model.eval().requires_grad_(False), family, dim, size, context
        self.scale, self.images, self.origin = scale, images, origin
        self.tokenizer = {}  # file name: content


class OpenCLIP(Source):
    def image(self, pixels, before=False):
        return project(self.model.visual, pixels) if before else self.model.encode_image(pixels)

    def text(self, ids):
        return self.model.encode_text(ids)

    def projection(self):
        proj = getattr(self.model.visual, "proj", None)
        if not isinstance(proj, torch.Tensor):
            sys.exit("export_clip: this image tower does not end in a projection matrix; leave --pre-projection out")
        return proj.detach().float().numpy().T  # (D,E): embedding = matrix · feature


def project(visual, pixels):
    """The embedding, and the feature before the projection that it comes from."""
    matrix, visual.proj = visual.proj, None
    feature = visual(pixels)
    visual.proj = matrix
    return feature @ matrix, feature


class HuggingFace(Source):
    def image(self, pixels, before=False):
        feature = self.model.vision_model(pixel_values=pixels).pooler_output
        embedding = self.model.visual_projection(feature) if self.family == "clip" else feature
        return (embedding, feature) if before else embedding

    def text(self, ids):
        feature = self.model.text_model(input_ids=ids).pooler_output
        return self.model.text_projection(feature) if self.family == "clip" else feature

    def projection(self):
        if self.family != "clip":
            sys.exit("export_clip: SigLIP's image tower has no projection; leave --pre-projection out")
        return self.model.visual_projection.weight.detach().float().numpy()


def images_of(size, mean, std, interpolation="bicubic", squash=False):
    edge = {"height": size, "width": size} if squash else {"shortest_edge": size}
    crop = {} if squash else {"crop_size": {"height": size, "width": size}}
    return {"do_resize": True, "size": edge, "resample": BICUBIC[interpolation], "do_center_crop": not squash, **crop, "do_convert_rgb": True,
            "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": list(mean), "image_std": list(std)}


def from_open_clip(arguments):
    import open_clip

    torch.manual_seed(arguments.seed)
    if arguments.openai:
        model, name = open_clip.load_openai_model(str(arguments.openai), precision="fp32", device="cpu"), pathlib.Path(arguments.openai).name
        origin = {"kind": "openai", "file": name, "sha256": sha256(arguments.openai)}
    elif arguments.random:
        name = arguments.random
        if name.endswith(".json"):
            open_clip.add_model_config(pathlib.Path(name))
            name = pathlib.Path(name).stem
        model = open_clip.create_model(name, force_quick_gelu=True)
        origin = {"kind": "random", "architecture": name, "seed": arguments.seed, "quick_gelu": True}
    else:
        name = arguments.open_clip
        model = open_clip.create_model(name, pretrained=arguments.pretrained)
        origin = {"kind": "open_clip", "architecture": name, "pretrained": pathlib.Path(arguments.pretrained).name}
        if pathlib.Path(arguments.pretrained).is_file():
            origin["sha256"] = sha256(arguments.pretrained)
    if (open_clip.get_model_config(name) or {}).get("text_cfg", {}).get("hf_tokenizer_name"):
        sys.exit("export_clip: this model's texts are not tokenized as CLIP's; export its Hugging Face form with --hf, or its images alone and give --text-features")
    if getattr(model, "logit_bias", None) is not None or not hasattr(model, "token_embedding") and not hasattr(model, "text"):
        sys.exit("export_clip: this open_clip model is not of CLIP's kind; export its Hugging Face form with --hf")
    size = model.visual.image_size
    size = size if isinstance(size, int) else size[0]
    mean = getattr(model.visual, "image_mean", None) or open_clip.OPENAI_DATASET_MEAN
    std = getattr(model.visual, "image_std", None) or open_clip.OPENAI_DATASET_STD
    config = getattr(model.visual, "preprocess_cfg", None) or {}
    images = images_of(size, mean, std, config.get("interpolation", "bicubic"), config.get("resize_mode") == "squash")
    context = getattr(model, "context_length", None) or model.positional_embedding.shape[0]
    with torch.no_grad():
        dim = model.encode_image(torch.zeros(1, 3, size, size)).shape[1]
    s = OpenCLIP(model, "clip", dim, size, context, float(model.logit_scale.detach().exp()), images, origin)
    vocabulary = pathlib.Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    # open_clip fills texts up with id 0, which is "!": towers that do not look at causes alone see it
    padding = json.dumps({"tokenizer_class": "CLIPTokenizer", "pad_token": "!"}, indent=2) + "\n"
    s.tokenizer = {vocabulary.name: gzip.compress(gzip.decompress(vocabulary.read_bytes()), mtime=0), "tokenizer_config.json": padding.encode()}
    return s


def from_hugging_face(arguments):
    from huggingface_hub import snapshot_download
    from transformers import AutoModel

    folder = pathlib.Path(arguments.hf)
    if not folder.is_dir():
        folder = pathlib.Path(snapshot_download(arguments.hf, revision=arguments.revision))
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    family = model.config.model_type
    if family not in ("clip", "siglip"):
        sys.exit(f"export_clip: {arguments.hf} is a {family} model; only clip and siglip are known")
    images = None
    if (file := folder / "preprocessor_config.json").is_file():
        images = json.loads(file.read_text())
    elif (file := folder / "processor_config.json").is_file():  # newer transformers keep the same one level deeper
        images = json.loads(file.read_text()).get("image_processor")
    if images is None:
        sys.exit(f"export_clip: {folder} has no preprocessor_config.json, which says how pictures are prepared")
    config = model.config
    dim = config.projection_dim if family == "clip" else config.vision_config.hidden_size
    weights = next(iter(sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))), None)
    origin = {"kind": "huggingface", "name": str(arguments.hf) if not pathlib.Path(arguments.hf).is_dir() else folder.name,
              "sha256": sha256(weights) if weights else None}
    s = HuggingFace(model, family, dim, config.vision_config.image_size, config.text_config.max_position_embeddings,
                    float(model.logit_scale.detach().exp()), images, origin)
    s.tokenizer = tokenizer_files(folder)
    return s


def tokenizer_files(folder):
    names = "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"
    return {n: (folder / n).read_bytes() for n in names if (folder / n).is_file()}


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        while block := f.read(1 << 24):
            digest.update(block)
    return digest.hexdigest()


class Tower(torch.nn.Module):
    """One tower as a module, for the exporter. The owner keeps its parameters in the graph."""

    def __init__(self, owner, run):
        super().__init__()
        self.owner, self.run = owner, run

    def forward(self, x):
        return self.run(x)


def export_tower(path, source, run, example, name, axes, outputs):
    path.parent.mkdir(parents=True, exist_ok=True)
    dynamic = {name: axes, **{o: {0: "batch_size"} for o in outputs}}
    with torch.no_grad():
        torch.onnx.export(Tower(source.model, run), (example,), str(path), input_names=[name], output_names=outputs, dynamic_axes=dynamic,
                          opset_version=17, dynamo=False, do_constant_folding=True)
    graph = onnx.load(str(path))
    del graph.metadata_props[:]
    graph.producer_name, graph.producer_version, graph.doc_string = "fedpurel export_clip", "", ""
    for node in graph.graph.node:
        node.doc_string = ""
    large = graph.ByteSize() > 1_900_000_000  # a protobuf message ends at 2 GiB
    for old in path.parent.glob("*"):  # what the exporter put beside a large graph
        if old.suffix != ".onnx" and not old.name.endswith(".onnx_data"):
            old.unlink()
    onnx.save(graph, str(path), save_as_external_data=large, location=path.name + "_data" if large else None)
    onnx.checker.check_model(str(path))


def check(source, vision, text, before):
    """The smallest cosine between PyTorch and ONNX Runtime on random input, in batches of one and of three."""
    try:
        import onnxruntime
    except ImportError:
        print("export_clip: onnxruntime is not installed, so the files were not run", file=sys.stderr)
        return None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    generator, least = torch.Generator().manual_seed(1), 1.0
    cases = [(vision, source.image, lambda n: torch.randn(n, 3, source.size, source.size, generator=generator))]
    if text:
        cases.append((text, source.text, lambda n: ids_for(source, n, generator)))
    for path, run, make in cases:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        for n in 1, 3:
            x = make(n)
            with torch.no_grad():
                want = run(x).numpy()
            got = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]
            cosine = (want * got).sum(1) / np.linalg.norm(want, axis=1) / np.linalg.norm(got, axis=1)
            least = min(least, float(cosine.min()))
    return least


def ids_for(source, n, generator=None):
    """Texts of random tokens, each closed by the token with the largest id, at which text towers read."""
    size = vocabulary_size(source)
    ids = torch.randint(1, size - 2, (n, source.context), generator=generator)
    if source.family == "clip":
        ids[:, 0], ids[:, min(5, source.context - 1):] = size - 2, 0
        ids[:, min(5, source.context - 1)] = size - 1
    return ids


def vocabulary_size(source):
    m = source.model
    for name in "token_embedding", "text_model.embeddings.token_embedding", "text.token_embedding":
        try:
            return m.get_submodule(name).num_embeddings
        except AttributeError:
            pass
    sys.exit("export_clip: the text tower has no table of tokens; export with --image-only")


def write(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def export(source, arguments):
    if arguments.out.exists():
        sys.exit(f"export_clip: {arguments.out} exists already; choose another folder")
    out = arguments.out.with_name(arguments.out.name + ".part")
    shutil.rmtree(out, ignore_errors=True)  # of an earlier attempt
    vision, text = out / "onnx" / "vision_model.onnx", None if arguments.image_only else out / "onnx" / "text_model.onnx"
    pictures = torch.zeros(2, 3, source.size, source.size)
    before = arguments.pre_projection
    export_tower(vision, source, (lambda x: source.image(x, True)) if before else source.image, pictures, "pixel_values",
                 {0: "batch_size"}, ["image_embeds", "pooler_output"] if before else ["image_embeds"])
    if before:
        np.save(out / "visual_projection.npy", np.ascontiguousarray(source.projection(), dtype=np.float32))
    if text:
        export_tower(text, source, source.text, ids_for(source, 2), "input_ids", {0: "batch_size"}, ["text_embeds"])
        for name, content in source.tokenizer.items():
            (out / name).write_bytes(content)
    if source.family == "siglip":  # the graph's outputs are embeddings already, under CLIP's names
        config = {"model_type": "siglip", "text_config": {"max_position_embeddings": source.context}, "vision_config": {"image_size": source.size, "hidden_size": source.dim}}
    else:
        config = {"model_type": "clip", "projection_dim": source.dim, "vision_config": {"image_size": source.size},
                  "text_config": {"max_position_embeddings": source.context}}
    write(out / "config.json", config)
    write(out / "preprocessor_config.json", source.images)
    cosine = check(source, vision, text, before)
    write(out / "fedpurel.json", {
        "name": arguments.out.name, "logit_scale": source.scale, "crop_rule": "torchvision" if isinstance(source, OpenCLIP) else "hf",
        "export": {"tool": "tools/export_clip.py", "date": arguments.date, "source": source.origin, "torch": torch.__version__, "opset": 17,
                   "pre_projection": before, "least_cosine_to_pytorch": cosine},
    })
    if cosine is not None and cosine < 0.99999:
        sys.exit(f"export_clip: the exported towers in {out} do not agree with PyTorch: cosine {cosine:.8f}")
    out.rename(arguments.out)
    size = sum(f.stat().st_size for f in arguments.out.rglob("*") if f.is_file())
    print(f"{arguments.out}: dimension {source.dim}, {source.size} pixels, {source.context} tokens, logit scale {source.scale:.5g}, {size / 1e6:.1f} MB; "
          + ("not run" if cosine is None else f"cosine to PyTorch at least {cosine:.8f}"))


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kind = p.add_mutually_exclusive_group(required=True)
    kind.add_argument("--openai", type=pathlib.Path, metavar="FILE.pt", help="OpenAI's checkpoint")
    kind.add_argument("--hf", metavar="NAME|FOLDER", help="Hugging Face's form of a CLIP or SigLIP")
    kind.add_argument("--open-clip", metavar="ARCH", help="an architecture of open_clip, with --pretrained")
    kind.add_argument("--random", metavar="ARCH|FILE.json", help="an architecture of open_clip with random weights")
    p.add_argument("--pretrained", help="open_clip's name of the weights, or their file")
    p.add_argument("--revision", help="of the Hugging Face repository")
    p.add_argument("--seed", type=int, default=0, help="of random weights (0)")
    p.add_argument("--tokenizer", type=pathlib.Path, metavar="FOLDER", help="take the tokenizer's files from there")
    return p


def load(arguments):
    if arguments.open_clip and not arguments.pretrained:
        sys.exit("export_clip: --open-clip needs --pretrained")
    try:
        source = from_hugging_face(arguments) if arguments.hf else from_open_clip(arguments)
    except (OSError, RuntimeError, ImportError, ValueError) as e:
        sys.exit("export_clip: " + " ".join(str(e).split())[:300])
    if arguments.tokenizer:
        source.tokenizer = tokenizer_files(arguments.tokenizer)
    return source


def main():
    p = parser()
    p.add_argument("--out", type=pathlib.Path, required=True, help="folder for the model")
    p.add_argument("--pre-projection", action="store_true", help="also give the image features before the projection")
    p.add_argument("--image-only", action="store_true", help="leave the text tower out")
    p.add_argument("--date", default=datetime.date.today().isoformat(), help="noted in fedpurel.json (today)")
    arguments = p.parse_args()
    export(load(arguments), arguments)


if __name__ == "__main__":
    main()
