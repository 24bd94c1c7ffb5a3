"""Serves a model that `fedpurel export RUN --out DIR --with-encoder` wrote. Needs: pip install onnxruntime pillow

    python serve.py DIR/model.onnx 8000
    curl --data-binary @photo.jpg localhost:8000        the three likeliest classes, with their probabilities
"""
import http.server, io, json, sys, onnxruntime, numpy as np
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession(sys.argv[1])
notes = session.get_modelmeta().custom_metadata_map
classes, p = json.loads(notes["classes"]), json.loads(notes["preprocess"])

def top(picture):
    image = ImageOps.exif_transpose(picture) if p.get("orient") else picture
    edges = [p["resize_to"] * e // (e if p["resize"] == "squash" else min(image.size)) for e in image.size]
    image = image.convert("RGB").resize(edges, Image.Resampling[p["interpolation"].upper()])
    corner = [(round if p["crop_rule"] == "torchvision" else int)((e - p["size"]) / 2) for e in edges]
    image = image.crop((*corner, *(e + p["size"] for e in corner)))
    x = ((np.float32(image) / 255 - np.float32(p["mean"])) / np.float32(p["std"])).transpose(2, 0, 1)
    chances = session.run(["probabilities"], {session.get_inputs()[0].name: x[None]})[0][0]
    return {classes[c]: float(chances[c]) for c in chances.argsort()[:-4:-1]}

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        picture = Image.open(io.BytesIO(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200), self.end_headers()
        self.wfile.write(json.dumps(top(picture)).encode())

http.server.HTTPServer(("localhost", int(sys.argv[2])), Handler).serve_forever()
