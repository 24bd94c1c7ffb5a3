"""From files to embeddings in Python: Pillow, transformers' image processor, onnxruntime. What fedpurel featurize is timed against.

    featurize.py --model FOLDER --data FOLDER --batch B --cores N --prepare-threads T      prints {"seconds": S}
    featurize.py --versions

With T = 0 a plain loop; otherwise T threads prepare batches ahead of the session. Loading the model is not timed.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import platform
import tempfile
import time

import numpy as np
import onnxruntime
import PIL
import transformers
from PIL import Image
from transformers import CLIPImageProcessorPil

parser = argparse.ArgumentParser()
parser.add_argument("--versions", action="store_true")
parser.add_argument("--model", type=pathlib.Path)
parser.add_argument("--data", type=pathlib.Path)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--cores", type=int, default=1)
parser.add_argument("--prepare-threads", type=int, default=0)
args = parser.parse_args()

if args.versions:
    print(json.dumps({"versions": {"python": platform.python_version(), "pillow": PIL.__version__, "transformers": transformers.__version__,
                                   "onnxruntime": onnxruntime.__version__}}))
    raise SystemExit

processor = CLIPImageProcessorPil(**json.loads((args.model / "preprocessor_config.json").read_text()))
options = onnxruntime.SessionOptions()
options.intra_op_num_threads, options.log_severity_level = args.cores, 3
session = onnxruntime.InferenceSession(str(args.model / "onnx" / "vision_model.onnx"), options, providers=["CPUExecutionProvider"])
files = sorted(f for f in args.data.rglob("*") if f.is_file())
batches = [files[i:i + args.batch] for i in range(0, len(files), args.batch)]


def prepare(batch):
    pictures = []
    for name in batch:
        with Image.open(name) as picture:
            pictures.append(picture.convert("RGB"))
    return processor(pictures, return_tensors="np")["pixel_values"].astype(np.float32, copy=False)


def prepared():
    if not args.prepare_threads:
        yield from map(prepare, batches)
        return
    with concurrent.futures.ThreadPoolExecutor(args.prepare_threads) as pool:
        waiting = collections.deque()
        for batch in batches:
            waiting.append(pool.submit(prepare, batch))
            if len(waiting) > 2 * args.prepare_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


session.run(["image_embeds"], {"pixel_values": prepare(batches[0])})
start = time.perf_counter()
rows = [session.run(["image_embeds"], {"pixel_values": pixels})[0] for pixels in prepared()]
with tempfile.TemporaryDirectory() as folder:
    np.save(pathlib.Path(folder) / "features.npy", np.concatenate(rows))
print(json.dumps({"seconds": time.perf_counter() - start}))
