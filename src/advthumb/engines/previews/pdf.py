"""The engine in the processes of `pdf`: PDFium, which draws the first page.

No script in a document runs: PDFium's form environment is never created, and the wheel of pypdfium2 has
neither JavaScript nor XFA.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from advthumb.core.containers.reading import corrupt, unsupported
from advthumb.core.drawings import drawn_size, smallest_drawn
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Size, SourceInfo
from advthumb.core.sniffing import sniff
from advthumb.engines.pillow import PillowEngine

_WHITE = (255, 255, 255, 255)
_LOCKED = frozenset({raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY})


class PdfPages(PillowEngine):
    """Draws the first page of a PDF on white, with its annotations, as a viewer shows it."""

    name = "pdf"

    def __init__(self, **options: Any) -> None:
        """Load PDFium; `options` are those of every engine."""
        super().__init__(**options)
        self.reads = frozenset({ImageFormat.PDF})
        self.starts_threads = False

    def versions(self) -> Mapping[str, str]:
        """Return the versions of Pillow and its codecs, of pypdfium2 and of PDFium."""
        found = {"pypdfium2": pypdfium2.PYPDFIUM_INFO.version, "PDFium": pypdfium2.PDFIUM_INFO.version}
        return {**super().versions(), **found}

    def _header(self, data: bytes, image_format: ImageFormat, max_frames: int) -> SourceInfo:
        if sniff(data) is not ImageFormat.PDF:
            raise corrupt("it has no PDF signature")
        with _opened(data) as document:
            return SourceInfo(image_format, drawn_size(*document.get_page_size(0)))

    def _clean(self, data: bytes, info: SourceInfo) -> bytes:
        return data

    def _decode(self, stream: bytes, info: SourceInfo, floor: Size) -> Image.Image:
        size = smallest_drawn(info.size, floor)
        with _opened(stream) as document:
            with closing(document.get_page(0)) as page:
                if not raw.FPDFPage_GetAnnotCount(page):
                    return _drawn(page, size)
                _flatten(page)
            with closing(document.get_page(0)) as page:
                return _drawn(page, size)


def _flatten(page: pypdfium2.PdfPage) -> None:
    """Draw annotations and filled fields into the page, except those that are only printed.

    Otherwise, PDFium draws fields only in its form environment.
    """
    for index in reversed(range(raw.FPDFPage_GetAnnotCount(page))):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        hidden = raw.FPDFAnnot_GetFlags(annotation) & raw.FPDF_ANNOT_FLAG_NOVIEW
        raw.FPDFPage_CloseAnnot(annotation)
        if hidden:
            raw.FPDFPage_RemoveAnnot(page, index)
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)


def _drawn(page: pypdfium2.PdfPage, size: Size) -> Image.Image:
    """Draw a page on white."""
    with closing(pypdfium2.PdfBitmap.new_native(*size, raw.FPDFBitmap_BGR)) as bitmap:
        bitmap.fill_rect(_WHITE, 0, 0, *size)
        raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, 0)
        return Image.frombytes("RGB", size, bytes(bitmap.buffer), "raw", "BGR", bitmap.stride)


@contextmanager
def _opened(data: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a document that has at least one page.

    Raises:
        ThumbnailError: `unsupported`: it needs a password; `corrupt`: it is damaged, or has no page.
    """
    # For a document without pages, the class of pypdfium2 would report the error of an earlier document.
    found = raw.FPDF_LoadMemDocument64(data, len(data), None)
    if not found:
        code = raw.FPDF_GetLastError()
        if code in _LOCKED:
            raise unsupported("it is encrypted and needs a password")
        raise corrupt(f"PDFium finds no document in it (error {code})")
    with closing(pypdfium2.PdfDocument(found)) as document:
        yield document
