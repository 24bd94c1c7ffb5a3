"""Writes the encoder as a folder in the Hugging Face split layout: two ONNX files, configs and the vocabulary."""
import json

import onnx
import torch


def onnx_file(path, module, example, name_in, name_out, axes):
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        module, (example,), str(path), input_names=[name_in], output_names=[name_out],
        dynamic_axes={name_in: axes, name_out: {0: "batch_size"}}, opset_version=17, dynamo=False, do_constant_folding=True,
    )
    graph = onnx.load(str(path))
    del graph.metadata_props[:]
    graph.producer_name, graph.producer_version, graph.doc_string = "fedpurel pretrain", "", ""
    for node in graph.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(graph)
    onnx.save(graph, str(path))


def write(out, config, vision, text, vocab, scale, mean, std):
    out.mkdir(parents=True, exist_ok=True)
    size, context = config["size"], config["context"]
    onnx_file(out / "onnx/vision_model.onnx", vision, torch.zeros(2, 3, size, size), "pixel_values", "image_embeds", {0: "batch_size"})
    ids = torch.tensor([vocab.encode("a photo of a plain green fish.", context)] * 2)
    onnx_file(out / "onnx/text_model.onnx", text, ids, "input_ids", "text_embeds", {0: "batch_size"})
    tower = lambda t: {"hidden_size": t["width"], "num_hidden_layers": t["layers"], "num_attention_heads": t["heads"]}
    dump = lambda name, v: (out / name).write_text(json.dumps(v, indent=2) + "\n")
    dump("config.json", {
        "model_type": "clip", "projection_dim": config["dim"],
        "vision_config": tower(config["vision"]) | {"image_size": size, "patch_size": config["patch"]},
        "text_config": tower(config["text"]) | {
            "max_position_embeddings": context, "vocab_size": config["vocab"],
            "bos_token_id": config["vocab"] - 2, "eos_token_id": config["vocab"] - 1},
    })
    dump("preprocessor_config.json", {
        "do_resize": True, "size": {"shortest_edge": size}, "resample": 3, "do_center_crop": True, "crop_size": {"height": size, "width": size},
        "do_convert_rgb": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": mean, "image_std": std,
    })
    dump("fedpurel.json", {"name": "tiny", "logit_scale": scale})
    vocab.save(out)
