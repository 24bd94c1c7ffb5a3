"""Makes data sets as Python and NumPy write them, into this folder, and pickles, into that of package pickle's tests.

    python2 make.py          # needs numpy; CIFAR-100 as its authors made it, pickles of the protocols 0 to 2
    python3 make.py          # needs numpy; pickles of the protocols 0 to 5, .npz and .npy files

Byte i of the images of a file is 7919*i mod 251.
"""
import os
import pickle
import sys

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
pickles = os.path.join(here, "..", "..", "pickle", "testdata", "")
major = sys.version_info[0]
if major == 2:
    import cPickle as pickle


def put(name, value, protocol):
    path = os.path.join(here, name)
    if not os.path.isdir(os.path.dirname(path)):
        os.makedirs(os.path.dirname(path))
    with open(path, "wb") as f:
        pickle.dump(value, f, protocol)


def images(*shape):
    return (np.arange(int(np.prod(shape))) * 7919 % 251).astype("u1").reshape(shape)


values = {
    "data": np.arange(256, dtype="u1").reshape(4, 64), "more": np.array([-3, 70000]), "short": np.array([[1], [-2]], dtype="i2"),
    "labels": [0, 255, 256, 65536, -1, 2**40, -(2**40)], "names": ["a b", "it's", "\"q\"", "line\nbreak\\", u"\u00e4\u20ac"], "bytes": b"\x00\xff\n",
    "others": (None, True, False, 1.5, (), {}, {"x": [[]]}, (1, 2, (3,))),
}
for protocol in range(3 if major == 2 else 6):
    put(pickles + "values-python%d-%d.pkl" % (major, protocol), values, protocol)

if major == 2:
    for name, n in [("train", 3), ("test", 2)]:
        put("cifar-100-python/" + name, {
            "filenames": ["%s_%d.png" % (name, i) for i in range(n)], "batch_label": "%s batch 1 of 1" % name, "data": images(n, 3072),
            "fine_labels": [(49 + 25 * i) % 100 for i in range(n)], "coarse_labels": [(10 + 9 * i) % 20 for i in range(n)],
        }, 2)
    put("cifar-100-python/meta", {
        "fine_label_names": ["fine_%d" % i for i in range(100)], "coarse_label_names": ["coarse_%d" % i for i in range(20)]}, 2)
else:
    import collections
    for name, value in {
        "fortran": np.asfortranarray(images(2, 3)), "object": np.array([None, 1]), "big-endian": np.array([1, 2], dtype=">i4"), "structured": np.zeros(2, dtype=[("a", "u1")]),
        "text": np.array(["a", "bc"]), "ordered": collections.OrderedDict(a=1), "huge": 2**80, "call": os.getcwd, "key": {1: 2},
    }.items():
        put(pickles + "refused-%s.pkl" % name, {"v": value}, 4)
    for protocol in range(6):
        put(pickles + "scalars-%d.pkl" % protocol, {"v": [np.int64(-3), np.uint8(200), np.int16(-2), np.bool_(True), np.float32(1.5), np.float64(-0.5)]}, protocol)
    labels = np.array([[0], [2]], dtype="u1")
    for name, save in [("stored", np.savez), ("packed", np.savez_compressed)]:
        save(os.path.join(here, "npz", name), train_images=images(2, 5, 4, 3), train_labels=labels, val_images=images(2, 5, 4, 3), val_labels=labels.astype("i8"),
             test_images=images(2, 5, 4, 3), test_labels=labels.astype("f8").astype("i4"))
