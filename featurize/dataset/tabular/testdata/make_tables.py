"""Writes the folder tables with Hugging Face's own library, as users have them:

    pip install datasets pyarrow pillow
    python make_tables.py

saved/ is what DatasetDict.save_to_disk leaves, data/*.parquet what push_to_hub puts into a repository, old/*.parquet what older versions
did: dictionaries and snappy, a row group for a few rows. odd/ is what other programs might write. Image i of a split has the colour
(10·i, 50·label, 7).
"""

import io
import pathlib

import datasets
import pyarrow
import pyarrow.parquet
from PIL import Image

CLASSES = ["dog_house", "ape", "zebra"]


def png(*colour):
    out = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(out, "PNG")
    return out.getvalue()


def split(labels):
    rows = {
        "id": list(range(len(labels))),
        "image": [{"bytes": png(10 * i, 50 * max(label, 0), 7), "path": f"{i}.png"} for i, label in enumerate(labels)],
        "tags": [["a", "b"][: i % 3] for i in range(len(labels))],
        "coarse_label": [label // 2 if label >= 0 else -1 for label in labels],
        "fine_label": labels,
        "species": ["cat" if label else None for label in labels],
    }
    features = datasets.Features(
        {
            "id": datasets.Value("int32"),
            "image": datasets.Image(),
            "tags": datasets.Sequence(datasets.Value("string")),
            "coarse_label": datasets.ClassLabel(names=["made", "grown"]),
            "fine_label": datasets.ClassLabel(names=CLASSES),
            "species": datasets.Value("string"),
        }
    )
    return datasets.Dataset.from_dict(rows, features=features)


here = pathlib.Path(__file__).parent / "tables"
all = datasets.DatasetDict({"train": split([0, 1, 2, 1, 0, 2, 2, 1, 0]), "validation": split([1]), "test": split([2, 0, -1])})
all.save_to_disk(here / "saved", num_shards={"train": 2, "validation": 1, "test": 1})
for folder in "data", "old":
    (here / folder).mkdir(parents=True, exist_ok=True)
for name, part in all.items():
    new, old = (here / folder / f"{name}-00000-of-00001.parquet" for folder in ("data", "old"))
    part.to_parquet(new)
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(new), old, row_group_size=4, write_page_index=name == "train")

odd = here / "odd"
odd.mkdir(exist_ok=True)
labels = [1, 0, 1, 0, 2]
pictures = [png(10 * i, 50 * label, 7) for i, label in enumerate(labels)]


def write(name, columns, options=None, container=pyarrow.ipc.new_stream):
    table = pyarrow.table(columns)
    with container(odd / name, table.schema, options=options) as out:
        out.write_table(table, max_chunksize=3)


plain = {"img": pyarrow.array(pictures, pyarrow.binary()), "label": pyarrow.array(labels, pyarrow.uint8())}
write("wide.arrow", {"img": pyarrow.array(pictures, pyarrow.large_binary()), "label": pyarrow.array([CLASSES[i] for i in labels], pyarrow.large_string())})
write("file.arrow", plain, container=pyarrow.ipc.new_file)
write("old.arrow", plain, options=pyarrow.ipc.IpcWriteOptions(metadata_version=pyarrow.ipc.MetadataVersion.V4, use_legacy_format=True))
write("compressed.arrow", plain, options=pyarrow.ipc.IpcWriteOptions(compression="lz4"))
write("coded.arrow", plain | {"label": pyarrow.array([CLASSES[i] for i in labels]).dictionary_encode()})
write("views.arrow", plain | {"text": pyarrow.array(["a"] * 5, pyarrow.string_view())})
record = pyarrow.struct({"path": pyarrow.string(), "bytes": pyarrow.binary()})
rows = [{"bytes": p, "path": "none"} for p in pictures[:2]] + [{"bytes": None, "path": "2.png"}, None, {"bytes": None, "path": "../4.png"}]
between = {"flags": pyarrow.array([True] * 5), "pair": pyarrow.array([[1, 2]] * 5, pyarrow.list_(pyarrow.int8(), 2)), "nothing": pyarrow.nulls(5)}
write("absent.arrow", between | {"image": pyarrow.array(rows, record), "label": pyarrow.array([1, 0, 1, 0, None], pyarrow.int16())})
table = pyarrow.table(between | {"image": pyarrow.array(rows, record), "label": pyarrow.array([1, 0, 1, 0, None], pyarrow.int16())})
pyarrow.parquet.write_table(table, odd / "absent.parquet", compression="zstd", data_page_version="2.0", row_group_size=3)
table = pyarrow.table({"img": pyarrow.array(pictures, pyarrow.large_binary()), "label": pyarrow.array([CLASSES[i] for i in labels]).dictionary_encode()})
pyarrow.parquet.write_table(
    table, odd / "wide.parquet", compression="gzip", use_dictionary=["label"], column_encoding={"img": "DELTA_LENGTH_BYTE_ARRAY"}, store_schema=False
)
pages = pyarrow.table({"img": [png(10 * i, 50 * (i % 2), 7) for i in range(24)], "label": [i % 2 for i in range(24)]})
pyarrow.parquet.write_table(pages, odd / "pages.parquet", use_dictionary=False, data_page_size=1, write_batch_size=4, compression="none")
