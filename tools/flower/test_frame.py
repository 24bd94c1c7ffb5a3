"""Frames, beside one that the Go program wrote: `python -m unittest`, with the flwr of requirements.txt."""

import contextlib
import os
import socket
import threading
import unittest

from fedpurel_flower import frame

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fed/wire/testdata/order.frame")


def npy(n):
    """A .npy file of so many zeros."""
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % n
    head = head.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(4 * n)


class TestFrame(unittest.TestCase):
    def read(self, data):
        a, b = socket.socketpair()
        with a, b:
            a.settimeout(5)
            b.settimeout(5)

            def send():
                with contextlib.suppress(OSError):
                    a.sendall(data)
                    a.shutdown(socket.SHUT_WR)

            threading.Thread(target=send).start()
            return frame.read(b)

    def test_golden(self):
        with open(GOLDEN, "rb") as f:
            data = f.read()
        head, arrays = self.read(data)
        self.assertEqual((head["v"], head["op"], sorted(arrays)), (1, "work", ["c-1", "phi-0"]))
        self.assertEqual(frame.unpack(frame.pack(head, arrays)), (head, arrays))
        shapes = {name: a.shape for name, a in frame.pack(head, arrays)["arrays"].items()}
        self.assertEqual(shapes, {"c-1": (1,), "phi-0": (3,)})
        a, b = socket.socketpair()
        with a, b:
            b.settimeout(5)
            frame.write(a, head, dict(reversed(arrays.items())))
            self.assertEqual(frame.read(b), (head, arrays))

    def test_cut(self):
        with open(GOLDEN, "rb") as f:
            data = f.read()
        self.assertIsNone(self.read(b""))
        for n in range(1, len(data)):
            with self.assertRaises(ConnectionError):
                self.read(data[:n])

    def test_too_much(self):
        long = b'{"blobs":[{"name":"x","bytes":1073741825}]}'
        for data in b"\xff\xff\xff\xff", len(long).to_bytes(4, "little") + long:
            with self.assertRaisesRegex(ValueError, "at most"):
                self.read(data)


if __name__ == "__main__":
    unittest.main()
