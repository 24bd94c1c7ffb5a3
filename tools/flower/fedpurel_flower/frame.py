"""A frame: length of the head (4 bytes, little-endian), head (JSON), arrays (.npy files, which nobody here reads)."""

import json
import socket
import struct

from flwr.app import Array, ArrayRecord, ConfigRecord, RecordDict

VERSION = 1
MAX_HEAD = 1 << 26
MAX_ARRAY = 1 << 30
STEP = 1 << 20


def connect(path, timeout):
    """Connects to a fedpurel program. Whatever waits for it waits at most timeout seconds."""
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(timeout)
    try:
        s.connect(path)
    except OSError as e:
        s.close()
        raise ConnectionError(f"no fedpurel program answers on {path}: {e}") from e
    return s


def write(s, head, arrays):
    blobs = [{"name": name, "bytes": len(arrays[name])} for name in sorted(arrays)]
    data = json.dumps({**head, "blobs": blobs}).encode()
    s.sendall(struct.pack("<I", len(data)) + data)
    for name in sorted(arrays):
        s.sendall(arrays[name])


def read(s):
    """Returns head and arrays, or None where the other side has closed."""
    first = s.recv(1)
    if not first:
        return None
    head = json.loads(_read(s, struct.unpack("<I", first + _read(s, 3))[0], MAX_HEAD))
    return head, {b["name"]: _read(s, b["bytes"], MAX_ARRAY) for b in head.pop("blobs", None) or []}


def _read(s, n, most=3):
    if not 0 <= n <= most:
        raise ValueError(f"a frame with a part of {n} bytes, at most {most} are taken")
    out = bytearray()
    while len(out) < n:
        part = s.recv(min(STEP, n - len(out)))
        if not part:
            raise ConnectionError(f"the fedpurel program closed the connection after {len(out)} of {n} bytes")
        out += part
    return bytes(out)


def pack(head, arrays):
    """The content of a Flower message."""
    return RecordDict({
        "config": ConfigRecord({"head": json.dumps(head)}),
        "arrays": ArrayRecord({
            name: Array(dtype="float32", shape=(_length(data),), stype="numpy.ndarray", data=data)
            for name, data in arrays.items()
        }),
    })


def unpack(content):
    """Head and arrays of a Flower message's content."""
    return json.loads(content["config"]["head"]), {name: a.data for name, a in content["arrays"].items()}


def _length(npy):
    """How many values a .npy file of float32 has: version 1 has 10 bytes before its header."""
    return (len(npy) - 10 - struct.unpack_from("<H", npy, 8)[0]) // 4


def line(text):
    """What went wrong, in one line."""
    return " ".join(str(text).split())[:500]
