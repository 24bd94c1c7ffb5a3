"""Sends messages of every sort to the first node that comes, and writes down what came back."""

import json
import struct
import time

from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, RecordDict
from flwr.serverapp import Grid, ServerApp

app = ServerApp()


def npy(n, value):
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({n},), }}"
    head += " " * (63 - (len(head) + 10) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<f", value) * n


def ask(grid, node, kind, group, sizes, head="{}"):
    arrays = ArrayRecord()
    for name, n in sizes.items():
        arrays[name] = Array("float32", (n,), "numpy.ndarray", npy(n, 0.5))
    content = RecordDict({"config": ConfigRecord({"head": head}), "arrays": arrays})
    began = time.time()
    (one,) = grid.push_messages([Message(content, node, kind, ttl=60.0, group_id=group)])
    replies = []
    while not replies and time.time() < began + 90:
        time.sleep(0.05)
        replies = list(grid.pull_messages([one]))
    told = {"kind": kind, "group": group, "seconds": time.time() - began}
    if not replies:
        return told | {"error": "no answer"}
    if replies[0].has_error():
        return told | {"error": replies[0].error.reason, "code": replies[0].error.code}
    got = replies[0].content
    same = {k: a.data for k, a in got["arrays"].items()} == {k: a.data for k, a in arrays.items()}
    return told | {"head": json.loads(got["config"]["head"]), "same": same,
                   "shapes": {k: list(a.shape) for k, a in got["arrays"].items()},
                   "images": got["metrics"]["num-examples"]}


@app.main()
def main(grid: Grid, context: Context) -> None:
    config = context.run_config
    while not (nodes := list(grid.get_node_ids())):
        time.sleep(0.1)
    (node,) = nodes
    told = [ask(grid, node, "query", "hello", {}, '{"op": "hello"}')]
    for i in range(int(config["rounds"])):
        time.sleep(float(config["gap"]))
        told.append(ask(grid, node, "train", str(i), {"phi-0": 6272, "phi-1": 6272}))
    told.append(ask(grid, node, "train", "large", {"phi": 3_000_000}))
    told.append(ask(grid, node, "evaluate", "unknown", {"phi": 10}))
    told.append(ask(grid, node, "train", "no JSON", {}, "["))
    told.append(ask(grid, node, "train", "last", {"phi": 10}))
    with open(str(config["out"]), "w") as f:
        json.dump(told, f)
