"""Writes the MAT files of this folder, in the forms of Stanford Dogs and Stanford Cars. Needs scipy: python make_mat.py"""

import numpy as np
from scipy.io import savemat


def cell(texts):
    a = np.empty((len(texts), 1), dtype=object)
    for i, t in enumerate(texts):
        a[i, 0] = t
    return a


dogs = {
    "file_list": cell(["n02085620-Chihuahua/n02085620_5927.jpg", "n02099429-curly-coated_retriever/n02099429_1.jpg"]),
    "annotation_list": cell(["n02085620-Chihuahua/n02085620_5927", "n02099429-curly-coated_retriever/n02099429_1"]),
    "labels": np.array([[1.0], [300.0]]),
}
fields = [(n, object) for n in ("bbox_x1", "bbox_y1", "class", "fname", "test")]
cars = {
    "annotations": np.array(
        [[(np.uint8(39), np.int16(-116), 14.0, "00001.jpg", np.bool_(False)), (70000.5, np.float32(0.5), np.uint64(3), "é€😀.jpg", np.bool_(True))]],
        dtype=fields,
    ),
    "class_names": np.array([["AM General Hummer SUV 2000", "Ram C/V Cargo Van Minivan 2012"]], dtype=object),
    "empty_cell": np.empty((0, 0), dtype=object),
    "empty_text": "",
    "nested": np.array([[cell(["in"]), np.zeros((0, 0))]], dtype=object),
    "lines": np.array(["two", "row"]),
    "complex": np.array([[1 + 2j]]),
    "single": np.array([[1, 2], [3, 4]], dtype=np.int32),
}
savemat("dogs.mat", dogs, do_compression=True)
savemat("dogs-plain.mat", dogs, do_compression=False)
savemat("cars.mat", cars, do_compression=True)
