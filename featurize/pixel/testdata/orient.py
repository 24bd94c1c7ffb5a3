"""Makes files that say how they are to be turned, in every way that Pillow knows, beside what Pillow shows.

    python3 orient.py        # needs pillow and numpy; writes the folder orient

orient.json has of each file the SHA-256 of width, height and pixels as Image.open(NAME).convert("RGB") shows them (plain), and after
ImageOps.exif_transpose (turned).
"""
import hashlib
import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps, TiffImagePlugin

here = pathlib.Path(__file__).parent / "orient"
here.mkdir(exist_ok=True)
y, x = np.mgrid[:5, :8]
picture = Image.fromarray(np.stack([30 * x + y, 50 * y, 7 * (x ^ y) + 17], -1).astype(np.uint8))


def exif(value, kind=3, count=1, order="<"):
    head = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    pad = {1: "B3x", 3: "H2x", 4: "I", 8: "h2x", 9: "i"}[kind]
    return head + struct.pack(order + "HHHI" + pad + "I", 1, 0x0112, kind, count, value, 0)


def xmp(text):
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>' + text + b"</rdf:RDF></x:xmpmeta>"


ATTRIBUTE = xmp(b'<rdf:Description tiff:Orientation="6"/>')
ELEMENT = xmp(b"<tiff:Orientations/><tiff:Orientation>8</tiff:Orientation>")
NOTHING = xmp(b"<tiff:Orientation='6'/>")


def save(name, data):
    (here / name).write_bytes(data)


def jpeg(*segments):
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, subsampling=0)
    data = out.getvalue()
    return data[:2] + b"".join(b"\xff\xe1" + struct.pack(">H", len(s) + 2) + s for s in segments) + data[2:]


def png(*chunks, after=()):
    out = io.BytesIO()
    picture.save(out, "PNG")
    data = out.getvalue()
    pack = lambda kind, content: struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return data[:33] + b"".join(pack(*c) for c in chunks) + data[33:-12] + b"".join(pack(*c) for c in after) + data[-12:]


def webp(**kinds):
    out = io.BytesIO()
    picture.save(out, "WEBP", lossless=True, **kinds)
    return out.getvalue()


def tiff(tags, **options):
    out = io.BytesIO()
    info = TiffImagePlugin.ImageFileDirectory_v2(**options)
    for tag, (kind, value) in tags.items():
        info.tagtype[tag] = kind
        info[tag] = value
    picture.save(out, "TIFF", tiffinfo=info)
    return out.getvalue()


E, X = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
for kind in 1, 3, 4, 8, 9:
    save(f"type-{kind}.jpg", jpeg(E + exif(6, kind)))
save("high.jpg", jpeg(E + exif(3, order=">")))
save("two-values.jpg", jpeg(E + exif(6, count=2)))
save("nine.jpg", jpeg(E + exif(9), X + ATTRIBUTE))
save("zero.jpg", jpeg(E + exif(0), X + ATTRIBUTE))
save("one.jpg", jpeg(E + exif(1), X + ATTRIBUTE))
save("twice.jpg", jpeg(E + E + exif(6)))
save("in-two.jpg", jpeg(E + exif(6)[:14], E + exif(6)[14:]))
save("attribute.jpg", jpeg(X + ATTRIBUTE))
save("element.jpg", jpeg(X + ELEMENT))
save("quotes.jpg", jpeg(X + NOTHING))
save("last.jpg", jpeg(X + ATTRIBUTE, X + ELEMENT))
save("both.jpg", jpeg(X + ATTRIBUTE, E + exif(3)))
save("exif.png", png((b"eXIf", exif(6))))
save("prefix.png", png((b"eXIf", E + exif(6))))
save("after.png", png(after=[(b"eXIf", exif(5))]))
key = b"XML:com.adobe.xmp\0"
save("plain-xmp.png", png((b"iTXt", key + b"\0\0en\0k\0" + ATTRIBUTE)))
save("packed-xmp.png", png((b"iTXt", key + b"\1\0\0\0" + zlib.compress(ELEMENT))))
save("text-xmp.png", png((b"tEXt", key + ATTRIBUTE)))
save("after-xmp.png", png(after=[(b"zTXt", key + b"\0" + zlib.compress(ELEMENT))]))
hexed = b"\nexif\n%8d\n" % (len(exif(7)) + 6) + (E + exif(7)).hex().encode()[:40] + b"\n" + (E + exif(7)).hex().encode()[40:] + b"\n"
save("profile.png", png((b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(hexed))))
save("exif.webp", webp(exif=E + exif(6)))
save("bare.webp", webp(exif=exif(6)))
save("xmp.webp", webp(xmp=ATTRIBUTE))
for tag in range(1, 10):
    save(f"turned-{tag}.tif", tiff({0x0112: (3, tag)}))
save("high.tif", tiff({0x0112: (3, 6)}, prefix=b"MM", ifh=b"MM\0*\0\0\0\0"))
save("long.tif", tiff({0x0112: (4, 6)}))
save("xmp.tif", tiff({700: (1, ATTRIBUTE)}))
save("both.tif", tiff({0x0112: (3, 3), 700: (1, ATTRIBUTE)}))


def digest(image):
    image = image.convert("RGB")
    return hashlib.sha256(b"%d %d " % image.size + image.tobytes()).hexdigest()


files = sorted(p.name for p in here.iterdir() if p.suffix != ".json")
of = {n: {"plain": digest(Image.open(here / n)), "turned": digest(ImageOps.exif_transpose(Image.open(here / n)))} for n in files}
(here / "orient.json").write_text(json.dumps(of, indent=0) + "\n")
