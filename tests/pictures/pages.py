"""PDFs and SVGs made by code: the smallest ones that show something, and broken ones."""

from collections.abc import Sequence

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'

QUARTERS = ((255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 0))
"""The colours of a page or drawing in four quarters: two at the top, then two at the bottom."""


def pdf_of(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """Return a PDF with these objects, the first of which is its catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(out)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object of a PDF."""
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(content), entries, content)


def pdf(
    content: bytes = b"",
    *,
    box: tuple[float, ...] = (0, 0, 200, 100),
    page: bytes = b"",
    catalogue: bytes = b"",
    pages: int = 1,
    others: Sequence[bytes] = (),
) -> bytes:
    """Return a PDF with this content on every page.

    Args:
        content: The operators.
        box: The MediaBox: left, bottom, right and top in points.
        page: Further entries of each page.
        catalogue: Further entries of the catalogue.
        pages: How many there are.
        others: Further objects; the first has number 5 if there is one page.
    """
    kids = [3, *range(5 + len(others), 4 + len(others) + pages)]
    sides = b" ".join(b"%.3f" % side for side in box)
    leaf = b"<</Type/Page/Parent 2 0 R/MediaBox[%b]/Contents 4 0 R%b>>" % (sides, page)
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R%b>>" % catalogue,
            b"<</Type/Pages/Count %d/Kids[%b]>>" % (pages, b" ".join(b"%d 0 R" % kid for kid in kids)),
            leaf,
            stream(content),
            *others,
            *[leaf] * (pages - 1),
        ]
    )


def fonts(*names: str) -> bytes:
    """Return the page entry for fonts that are not in the file: /F0, /F1 and so on."""
    each = (f"/F{at}<</Type/Font/Subtype/Type1/BaseFont/{name}>>" for at, name in enumerate(names))
    return f"/Resources<</Font<<{''.join(each)}>>>>".encode()


def lines(*texts: str, size: int = 10) -> bytes:
    """Return the content of a page with a line of text in each of its fonts, from the lower edge up."""
    each = (
        f"BT /F{at} {size} Tf 4 {4 + at * size * 1.2:g} Td ({text}) Tj ET\n" for at, text in enumerate(texts)
    )
    return "".join(each).encode()


def quartered_page(width: float = 200, height: float = 100) -> bytes:
    """Return the content of a page that shows `QUARTERS`."""
    wide, high = width / 2, height / 2
    places = ((0, high), (wide, high), (0, 0), (wide, 0))
    return b"".join(
        b"%g %g %g rg %g %g %g %g re f\n" % (*(level / 255 for level in colour), *place, wide, high)
        for colour, place in zip(QUARTERS, places, strict=True)
    )


def svg(content: str = "", root: str = 'viewBox="0 0 200 100"', before: str = "") -> bytes:
    """Return an SVG.

    Args:
        content: The elements in it.
        root: The attributes of its root.
        before: The text in front of the root.
    """
    return f"{before}<svg {NAMESPACES} {root}>{content}</svg>".encode()


def quartered_drawing(width: str = "100", height: str = "50") -> str:
    """Return the content of an SVG that shows `QUARTERS`.

    Args:
        width: The width of a quarter, as SVG writes lengths.
        height: Likewise.
    """
    places = (("0", "0"), (width, "0"), ("0", height), (width, height))
    return "".join(
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="rgb{colour}"/>'
        for colour, (x, y) in zip(QUARTERS, places, strict=True)
    )
