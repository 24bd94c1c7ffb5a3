"""Writes the folder pages with pyarrow: the same 60 rows in every codec, version of pages and encoding.

    pip install pyarrow
    python make_pages.py

Row i has the image "image of row <i>" and i % 7 dots, or none if i % 11 is 5, and the label (i² + ⌊i/3⌋) mod 9, or none if i % 13 is 4.
"""

import pathlib

import pyarrow
import pyarrow.parquet

N = 60
images = [None if i % 11 == 5 else f"image of row {i}".encode() + b"." * (i % 7) for i in range(N)]
labels = [None if i % 13 == 4 else (i * i + i // 3) % 9 for i in range(N)]
table = pyarrow.table({"image": pyarrow.array(images, pyarrow.binary()), "label": pyarrow.array(labels, pyarrow.int64())})
ENCODINGS = {
    "plain": ("PLAIN", "PLAIN"),
    "coded": None,
    "delta": ("DELTA_LENGTH_BYTE_ARRAY", "DELTA_BINARY_PACKED"),
    "prefix": ("DELTA_BYTE_ARRAY", "BYTE_STREAM_SPLIT"),
}
here = pathlib.Path(__file__).parent / "pages"
here.mkdir(exist_ok=True)


def write(codec, version, encoding):
    pyarrow.parquet.write_table(
        table,
        here / f"{codec}-{version[0]}-{encoding}.parquet",
        compression=codec,
        data_page_version=version,
        use_dictionary=encoding == "coded",
        column_encoding=dict(zip(("image", "label"), ENCODINGS[encoding])) if ENCODINGS[encoding] else None,
        row_group_size=25,
        data_page_size=200,
        write_batch_size=5,
        write_page_index=encoding != "plain",
        store_schema=False,
    )


for codec in "none", "snappy", "gzip", "brotli", "zstd", "lz4":
    write(codec, "1.0", "plain")
    write(codec, "2.0", "plain")
for encoding in "coded", "delta", "prefix":
    write("lz4", "1.0", encoding)
    write("lz4", "2.0", encoding)
