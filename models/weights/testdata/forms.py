"""Writes small CLIPs with random weights as many exporters write them, and what ONNX Runtime makes of some input.

    python3 models/weights/testdata/forms.py DIR [NAME ...]

makes a model folder DIR/NAME for each form, with expected.json: token ids and their embeddings, and pixels by a rule
and theirs. `go test ./models/weights` reads those that are kept beside this file; FEDPUREL_FORMS=DIR reads others.
Needs torch, transformers, open_clip_torch, onnx, onnxruntime.
"""
import json
import os
import sys
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch

warnings.filterwarnings("ignore")
CONTEXT, VOCABULARY, SIZE = 12, 40, 16
START, END = VOCABULARY - 2, VOCABULARY - 1
TEXTS = [[START, 3, 5, END], [START, 7, END], [START, 1, 2, 3, 4, 5, 6, END]]


def clip(act="quick_gelu", attention="eager"):
    """A model of transformers' with weights that make every part of it matter."""
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

    text = CLIPTextConfig(vocab_size=VOCABULARY, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
                          num_attention_heads=2, max_position_embeddings=CONTEXT, hidden_act=act, bos_token_id=START,
                          eos_token_id=END, pad_token_id=END)
    vision = CLIPVisionConfig(hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
                              image_size=SIZE, patch_size=8, hidden_act=act)
    config = CLIPConfig(text_config=text.to_dict(), vision_config=vision.to_dict(), projection_dim=20)
    config._attn_implementation = attention
    return lively(CLIPModel(config)).eval(), config


def lively(model):
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(torch.randn(p.shape, generator=generator) * 0.25)
            if "norm" in name or "ln_" in name:
                p.add_(1.0 if name.endswith("weight") else 0.0)
    return model


class Image(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        pooled = self.model.vision_model(pixel_values=pixel_values).pooler_output
        return self.model.visual_projection(pooled)


class Text(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        pooled = self.model.text_model(input_ids=input_ids).pooler_output
        return self.model.text_projection(pooled)


class Both(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, pixel_values):
        out = self.model(input_ids=input_ids, pixel_values=pixel_values)
        return out.logits_per_image, out.text_embeds, out.image_embeds


class OpenImage(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image):
        return self.model.encode_image(image)


class OpenText(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, text):
        return self.model.encode_text(text)


def ids(rows=TEXTS):
    return np.array([t + [END] * (CONTEXT - len(t)) for t in rows], dtype=np.int64)


def pixels(n=2):
    i = np.arange(n * 3 * SIZE * SIZE, dtype=np.float64)
    return np.sin(i * i % 977 / 40).astype(np.float32).reshape(n, 3, SIZE, SIZE)


def export(module, example, path, inputs, outputs, opset=17, dynamo=False):
    axes = {name: {0: "batch"} for name in inputs + outputs}
    with torch.no_grad():
        if dynamo:
            batch = torch.export.Dim("batch", min=1, max=64)
            shapes = tuple({0: batch} for _ in example)
            torch.onnx.export(module, example, path, input_names=inputs, output_names=outputs, opset_version=18,
                              dynamo=True, dynamic_shapes=shapes, external_data=False)
        else:
            torch.onnx.export(module, example, path, input_names=inputs, output_names=outputs, opset_version=opset,
                              dynamo=False, dynamic_axes=axes)


def towers(dir, model, config, **how):
    os.makedirs(f"{dir}/onnx", exist_ok=True)
    text, image = torch.from_numpy(ids()), torch.from_numpy(pixels())
    export(Text(model), (text,), f"{dir}/onnx/text_model.onnx", ["input_ids"], ["text_embeds"], **how)
    export(Image(model), (image,), f"{dir}/onnx/vision_model.onnx", ["pixel_values"], ["image_embeds"], **how)
    config.to_json_file(f"{dir}/config.json")


def shrink(dir):
    """Takes out what only people read: it is most of a small file."""
    for place, _, files in os.walk(dir):
        for file in files:
            if file.endswith(".onnx"):
                path = f"{place}/{file}"
                model = onnx.load(path, load_external_data=False)
                for part in [model, model.graph, *model.graph.node, *model.graph.initializer, *model.graph.input,
                             *model.graph.output]:
                    if hasattr(part, "doc_string"):
                        part.ClearField("doc_string")
                    if hasattr(part, "metadata_props"):
                        part.ClearField("metadata_props")
                del model.graph.value_info[:]
                with open(path, "wb") as f:
                    f.write(model.SerializeToString())


def described(dir):
    """What models.Open wants beside the towers."""
    shrink(dir)
    with open(f"{dir}/preprocessor_config.json", "w") as f:
        json.dump({"do_resize": True, "size": {"shortest_edge": SIZE}, "resample": 3, "do_center_crop": True,
                   "crop_size": {"height": SIZE, "width": SIZE}, "do_rescale": True, "rescale_factor": 1 / 255,
                   "do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}, f)
    expected(dir)


def run(path, feed, output):
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    wanted = {i.name: i for i in session.get_inputs()}
    given = {}
    for name, i in wanted.items():
        value = feed["ids"] if "int" in i.type else feed["pixels"]
        given[name] = value.astype({"tensor(int64)": np.int64, "tensor(int32)": np.int32,
                                    "tensor(float)": np.float32, "tensor(float16)": np.float16}[i.type])
    names = [o.name for o in session.get_outputs()]
    index = next((k for k, n in enumerate(names) if output in n), 0)
    return session.run(None, given)[index].astype(np.float64)


def expected(dir):
    """The embeddings by ONNX Runtime."""
    def find(*names):
        for n in names:
            for place in ("onnx/", ""):
                if os.path.exists(f"{dir}/{place}{n}"):
                    return f"{dir}/{place}{n}"
        return None
    feed = {"ids": ids(), "pixels": pixels()}
    text = find("text_model.onnx", "text_model_fp16.onnx", "text_encoder.onnx", "model.onnx")
    image = find("vision_model.onnx", "vision_model_fp16.onnx", "image_encoder.onnx", "model.onnx")
    if text == image:  # as many texts as pictures
        feed["ids"] = feed["ids"]
        both = {"ids": ids(TEXTS), "pixels": pixels(2)}
        t, v = run(text, both, "text_embed"), run(image, both, "image_embed")
    else:
        t, v = run(text, feed, "text"), run(image, feed, "image")
    with open(f"{dir}/expected.json", "w") as f:
        rounded = lambda a: [[float(f"{x:.9g}") for x in row] for row in a]
        json.dump({"texts": TEXTS, "text_embeds": rounded(t), "images": 2, "image_embeds": rounded(v)}, f)


def open_clip_model():
    import open_clip
    model = open_clip.model.CLIP(
        embed_dim=20, quick_gelu=False,
        vision_cfg=dict(image_size=SIZE, layers=2, width=24, head_width=8, patch_size=8, mlp_ratio=2.0),
        text_cfg=dict(context_length=CONTEXT, vocab_size=VOCABULARY, width=16, heads=2, layers=2, mlp_ratio=2.0))
    return lively(model).eval()


def form_eager(dir):
    towers(dir, *clip())


def form_opset11(dir):  # norms spelled out
    towers(dir, *clip(), opset=11)


def form_sdpa(dir):
    towers(dir, *clip(attention="sdpa"))


def form_gelu(dir):
    towers(dir, *clip(act="gelu"))


def form_dynamo(dir):
    towers(dir, *clip(), dynamo=True)


def form_dynamo_sdpa(dir):
    towers(dir, *clip(attention="sdpa"), dynamo=True)


def form_together(dir):  # both towers in one file, with logits
    model, config = clip()
    os.makedirs(dir, exist_ok=True)
    export(Both(model), (torch.from_numpy(ids()), torch.from_numpy(pixels())), f"{dir}/model.onnx",
           ["input_ids", "pixel_values"], ["logits_per_image", "text_embeds", "image_embeds"])
    config.to_json_file(f"{dir}/config.json")


def form_external(dir):  # weights in files of their own
    form_eager(dir)
    for name in ("text_model", "vision_model"):
        path = f"{dir}/onnx/{name}.onnx"
        model = onnx.load(path)
        onnx.save(model, path, save_as_external_data=True, all_tensors_to_one_file=True, location=f"{name}.onnx_data",
                  size_threshold=64)


def form_half(dir):  # float16 inside, float32 outside
    from onnxruntime.transformers.float16 import convert_float_to_float16
    form_eager(dir)
    for name in ("text_model", "vision_model"):
        path = f"{dir}/onnx/{name}.onnx"
        onnx.save(convert_float_to_float16(onnx.load(path), keep_io_types=True), path)


def optimized(level):
    def form(dir):
        form_eager(dir)
        for name in ("text_model", "vision_model"):
            path = f"{dir}/onnx/{name}.onnx"
            options = ort.SessionOptions()
            options.graph_optimization_level = level
            options.optimized_model_filepath = path + ".opt"
            ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            os.replace(path + ".opt", path)
    return form


form_ort_basic = optimized(ort.GraphOptimizationLevel.ORT_ENABLE_BASIC)
form_ort_extended = optimized(ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED)


def form_fused(dir):  # as Optimum's O2 does it
    from onnxruntime.transformers.optimizer import optimize_model
    form_eager(dir)
    for name, heads, width in (("text_model", 2, 16), ("vision_model", 3, 24)):
        path = f"{dir}/onnx/{name}.onnx"
        optimize_model(path, model_type="clip", num_heads=heads, hidden_size=width, opt_level=0,
                       use_gpu=False).save_model_to_file(path)


def form_open_clip(dir):
    model = open_clip_model()
    os.makedirs(dir, exist_ok=True)
    export(OpenImage(model), (torch.from_numpy(pixels()),), f"{dir}/image_encoder.onnx", ["image"], ["image_features"])
    export(OpenText(model), (torch.from_numpy(ids()),), f"{dir}/text_encoder.onnx", ["text"], ["text_features"])
    with open(f"{dir}/open_clip_config.json", "w") as f:
        json.dump({"model_cfg": {"embed_dim": 20,
                                 "vision_cfg": {"image_size": SIZE, "layers": 2, "width": 24, "head_width": 8,
                                                "patch_size": 8},
                                 "text_cfg": {"context_length": CONTEXT, "vocab_size": VOCABULARY, "width": 16,
                                              "heads": 2, "layers": 2}},
                   "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3}}, f)
    checkpoint(model, f"{dir}/open_clip_model.safetensors")


def checkpoint(model, path, dtype=torch.float32):
    from safetensors.torch import save_file
    save_file({k: v.to(dtype).contiguous() if v.is_floating_point() else v for k, v in model.state_dict().items()},
              path)


def einsum(module, query, key, value, attention_mask, scaling, dropout=0.0, **_):
    scores = torch.einsum("bhqd,bhkd->bhqk", query, key) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask[:, :, :, : key.shape[-2]]
    weights = torch.softmax(scores, dim=-1)
    return torch.einsum("bhqk,bhkd->bqhd", weights, value).contiguous(), weights


def form_einsum(dir):  # no form that the finder knows: with a checkpoint beside it
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface, eager_mask
    AttentionInterface.register("einsum", einsum)
    AttentionMaskInterface.register("einsum", eager_mask)
    model, config = clip(attention="einsum")
    towers(dir, model, config)
    checkpoint(model, f"{dir}/model.safetensors")


FORMS = {name[5:]: f for name, f in sorted(globals().items()) if name.startswith("form_")}

if __name__ == "__main__":
    out, wanted = sys.argv[1], sys.argv[2:] or list(FORMS)
    for name in wanted:
        try:
            FORMS[name](f"{out}/{name}")
            described(f"{out}/{name}")
            print(name)
        except Exception as error:  # an exporter that this machine lacks, or that fails
            print(f"{name}: {type(error).__name__}: {str(error)[:300]}")
