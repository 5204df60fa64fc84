"""What people upload besides photos: files of other programs, a PDF, a drawing and a video, made by code."""

import struct
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from io import BytesIO

import av
from django.core.files.base import ContentFile
from PIL import Image

from gallery.models import Document
from scenes import enlarged
from sheet import Card

_SIZE = (900, 600)
_BY_PILLOW = {
    "targa.tga": ("TGA", "coffee"),
    "texture.dds": ("DDS", "cat"),
    "icon.ico": ("ICO", "galaxies"),
    "app.icns": ("ICNS", "astronaut"),
    "paintbrush.pcx": ("PCX", "allium-oreophilum"),
    "portable.ppm": ("PPM", "rocket"),
    "workstation.sgi": ("SGI", "galaxies"),
    "archive.jp2": ("JPEG2000", "nagasaki-boats"),
    "document.pdf": ("PDF", "french-alpine-landscape"),
}
"""By file name: Pillow's name of the format, and the photograph."""
NO_PICTURE = "notes.txt"


def _pillow(name: str) -> bytes:
    """Return a photograph in a format that Pillow writes."""
    image_format, shown = _BY_PILLOW[name]
    buffer = BytesIO()
    enlarged(shown, (512, 512) if name.endswith((".ico", ".icns")) else _SIZE).save(buffer, image_format)
    return buffer.getvalue()


def _psd() -> bytes:
    """Return a photograph as Photoshop stores it without layers: a header, three empty parts, and planes."""
    picture = enlarged("coffee", _SIZE)
    width, height = picture.size
    header = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, height, width, 8, 3)
    return header + bytes(12) + bytes(2) + b"".join(band.tobytes() for band in picture.split())


def _svg() -> bytes:
    """Return a drawing with a transparent background and text."""
    rays = "".join(
        f'<path d="M100 100 L190 85 L190 115 Z" fill="#f2a33a" transform="rotate({turn} 100 100)"/>'
        for turn in range(0, 360, 45)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 240">{rays}'
        '<circle cx="100" cy="100" r="45" fill="#e0782f"/>'
        '<text x="100" y="228" font-family="sans-serif" font-size="28" text-anchor="middle" fill="#444">'
        "SVG</text></svg>"
    ).encode()


def _video() -> bytes:
    """Return two seconds of video: a black frame, then a view that moves to the right."""
    landscape = enlarged("rocket", (960, 640)).crop((0, 80, 960, 560))
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(12))
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 640, 480, "yuv420p", 4_000_000
        for number in range(24):
            shown = landscape.crop((number * 13, 0, number * 13 + 640, 480))
            picture = shown if number else Image.new("RGB", shown.size)
            frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


FILES: Mapping[str, Callable[[], bytes]] = {
    **{name: partial(_pillow, name) for name in _BY_PILLOW},
    "poster.psd": _psd,
    "drawing.svg": _svg,
    "holiday.mp4": _video,
    NO_PICTURE: lambda: b"Nothing to see here.\n",
}


def upload_documents() -> list[Document]:
    """Save all of them through a `FileField`."""
    documents = []
    for name, make in FILES.items():
        document = Document(file=ContentFile(make(), name=name))
        document.save()
        documents.append(document)
    return documents


def complaints_about_documents(documents: list[Document]) -> list[str]:
    """Return which files lack a thumbnail that they should have, or have one that they should not."""
    return [
        f"{document.file.name} has {'a' if document.preview else 'no'} thumbnail"
        for document in documents
        if bool(document.preview) == str(document).endswith(NO_PICTURE)
    ]


def cards(documents: list[Document]) -> list[Card]:
    """Return the cards of the contact sheet."""
    found = []
    for document in documents:
        pictures = []
        if document.preview:
            with Image.open(document.preview.path) as preview:
                pictures.append((preview.copy(), f"{preview.width} x {preview.height}  {preview.format}"))
        name = str(document).rpartition("/")[2]
        found.append(
            Card(
                name,
                f"{document.file.size / 1000:.0f} kB",
                pictures,
                note="" if document.preview else "No thumbnail: this is no picture, and save() went well.",
            )
        )
    return found
