"""Reads AVIF and HEIC files (ISO/IEC 23008-12; AV1 Image File Format, 1.1).

The picture is the primary item, also in sequences. Decoders differ in which rotations, mirrors and crops they
apply, and to what. So the stream that they see has none, and `SourceInfo` describes all of them.
"""

from dataclasses import dataclass

from advthumb.core.formats import ImageFormat
from advthumb.core.images import Colours, Size, SourceInfo
from advthumb.core.sniffing import sniff

from . import icc
from .heif import Item, Items, Property, items
from .heif_transforms import TRANSFORMS, aperture, orientation, transforms
from .heif_writing import written
from .reading import byte, corrupt, too_large, unpacked, unsupported
from .sequence_headers import Budget, Coded, av1, hevc

_ALPHA_URNS = frozenset({b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"})
_CODED = {ImageFormat.AVIF: frozenset({b"av01"}), ImageFormat.HEIC: frozenset({b"hvc1", b"hev1"})}
_DERIVED = {
    ImageFormat.AVIF: frozenset({b"grid"}),
    ImageFormat.HEIC: frozenset({b"grid", b"iovl", b"iden"}),
}
_CONFIGS = {b"av01": b"av1C", b"hvc1": b"hvcC", b"hev1": b"hvcC"}
_LAYERED = frozenset({b"a1op", b"lsel"})
"""Properties that choose one of several layers, which may be smaller than the largest."""
_PASSED = frozenset({b"ispe", b"pixi", b"av1C", b"hvcC", b"auxC", b"a1op", b"a1lx", b"lsel", b"colr"})
"""Properties that the decoder of the picture sees."""
_KNOWN = _PASSED | TRANSFORMS | {b"pasp", b"clli", b"mdcv", b"cclv", b"amve"}
_MOST_DEPTH = 4
"""The maximum depth of pictures that consist of other pictures."""
_GREY_OR_COLOUR = {True: (Colours.GREY, 1), False: (Colours.RGB, 3)}


@dataclass(frozen=True, slots=True)
class _Picture:
    """An item that is a picture, with all its parts.

    Attributes:
        size: Its announced size, before it is cropped or rotated.
        pixels: How many pixels are decoded for it.
        coded: What the header of its first coded part says.
        agrees: Whether every coded part has its announced size.
    """

    size: Size
    pixels: int
    coded: Coded
    agrees: bool


class _Pictures:
    """Reads the pictures of one file, each picture only once even if it is used several times."""

    def __init__(self, found: Items, image_format: ImageFormat) -> None:
        self._found, self._format = found, image_format
        self._budget = Budget()
        self._read: dict[int, _Picture] = {}

    def read(self, number: int, depth: int = 0) -> _Picture:
        """Return an item as a picture.

        Raises:
            ThumbnailError: `corrupt`, `too-large`, `unsupported`.
        """
        if number not in self._read:
            self._read[number] = self._picture(self._found.item(number), depth)
        return self._read[number]

    def _picture(self, item: Item, depth: int) -> _Picture:
        for each in item.associations:
            if each.essential and each.property.name not in _KNOWN:
                raise unsupported(f"it requires the property {_word(each.property.name)}")
        if item.kind in _CODED[self._format]:
            return self._coded(item)
        if item.kind in _DERIVED[self._format]:
            return self._derived(item, depth)
        raise unsupported(f"a picture of type {_word(item.kind)} in {self._format}")

    def _coded(self, item: Item) -> _Picture:
        config = item.first(_CONFIGS[item.kind])
        if config is None:
            raise corrupt("its codec configuration is missing")
        size = _announced(item)
        coded = (av1 if item.kind == b"av01" else hevc)(config, _content(item), self._budget)
        layered = any(each.property.name in _LAYERED for each in item.associations)
        return _Picture(size, max(size.pixels, coded.pixels), coded, layered or coded.size == size)

    def _derived(self, item: Item, depth: int) -> _Picture:
        if depth == _MOST_DEPTH:
            raise too_large(f"its items are nested more than {_MOST_DEPTH} levels deep")
        if not item.inputs:
            raise corrupt("the items that make up its picture are missing")
        inputs = [self.read(number, depth + 1) for number in item.inputs]
        size = inputs[0].size if item.kind == b"iden" else _announced(item)
        if self._format is ImageFormat.AVIF:
            self._check_inputs(item, depth)
        if item.kind == b"grid":
            _check_grid(item, size, inputs[0].size)
        pixels = max(size.pixels, sum(each.pixels for each in inputs))
        return _Picture(size, pixels, inputs[0].coded, all(each.agrees for each in inputs))

    def _check_inputs(self, item: Item, depth: int) -> None:
        """Refuse tiles that are grids, transformed or transparent: libavif and libheif differ there."""
        if depth:
            raise unsupported("an AVIF with nested tiles")
        inputs = set(item.inputs)
        if any(transforms(self._found.item(number)) for number in inputs):
            raise unsupported("an AVIF with tiles that are rotated, mirrored or cropped")
        if any(inputs & set(_alphas(self._found, number)) for number in self._found.auxiliary):
            raise unsupported("an AVIF with tiles that have alpha planes")


def read(data: bytes) -> SourceInfo:
    """Read the headers of the primary item and of all items that are decoded for it.

    Raises:
        ThumbnailError: `corrupt`, `too-large`; `unsupported`: coded or derived in an unknown way.
    """
    image_format = sniff(data)
    if image_format not in _CODED:
        raise corrupt("it has no AVIF or HEIC signature")
    found = items(data)
    pictures = _Pictures(found, image_format)
    item, picture = found.item(found.primary), pictures.read(found.primary)
    alpha = _alpha(found)
    pixels = picture.pixels if alpha is None else max(picture.pixels, pictures.read(alpha).pixels)
    part = aperture(item, picture.size)
    colours, samples = _GREY_OR_COLOUR[picture.coded.grey]
    return SourceInfo(
        image_format,
        part.size if part else picture.size,
        orientation(item),
        has_alpha=alpha is not None,
        colours=colours,
        samples=samples + (alpha is not None),
        bits=picture.coded.bits,
        coded=pixels,
        aperture=part,
        profile=_profile(item, picture.coded, colours),
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return a file with the picture, its alpha, and nothing else: no metadata, no previews, no sequence.

    The transforms are removed, so every decoder delivers the picture in stored orientation and uncropped. The
    profile is left out, because `info.profile` is used instead.

    Raises:
        ThumbnailError: `corrupt`: also if the pixels do not have the announced size; in this case, some
            decoders scale or crop and others refuse the file. Limits are checked earlier, so a decompression
            bomb is reported as `too-large`.
    """
    found = items(data)
    pictures, upright = _Pictures(found, info.format), [found.primary]
    if (alpha := _alpha(found)) is not None:
        upright.append(alpha)
    for picture in map(pictures.read, upright):
        if not picture.agrees:
            raise corrupt(f"its header says {picture.size} px, but its pixel data has another size")
    return written(found, upright, _passes, info.format)


def announces_alpha(data: bytes) -> bool:
    """Return whether an AVIF or HEIC announces an alpha plane (ISO/IEC 23008-12, 6.5.8).

    Raises:
        ThumbnailError: `corrupt`: the file cannot be read.
    """
    return _alpha(items(data)) is not None


def _passes(kept: Property, *, upright: bool) -> bool:
    """Return whether the decoder sees a property of an item; transforms only if not `upright`."""
    if kept.name == b"colr":
        return kept.content[:4] == b"nclx"
    return kept.name in (_PASSED if upright else _PASSED | TRANSFORMS)


def _word(name: bytes) -> str:
    return repr(name.decode("latin-1"))


def _announced(item: Item) -> Size:
    ispe = item.first(b"ispe")
    if ispe is None:
        raise corrupt("its header gives no size")
    size = Size(*unpacked(">II", ispe, 4))
    if 0 in size:
        raise corrupt(f"its header gives a size of {size} px")
    return size


def _content(item: Item) -> memoryview:
    if item.content is None:
        raise unsupported("its pixel data is stored elsewhere")
    if not item.content:
        raise corrupt("its pixel data ends early")
    return item.content


def _check_grid(item: Item, size: Size, tile: Size) -> None:
    """Refuse a grid that is not covered by its tiles (ISO/IEC 23008-12, 6.6.2.3)."""
    content = bytes(_content(item)[:12])
    rows, columns = byte(content, 2) + 1, byte(content, 3) + 1
    output = Size(*unpacked(">II" if byte(content, 1) & 1 else ">HH", content, 4))
    if output != size:
        raise corrupt(f"one header says {size} px, but another says {output} px")
    if len(item.inputs) != rows * columns:
        raise corrupt(f"it has {len(item.inputs)} tiles, but needs {rows * columns}")
    if tile.width * columns < size.width or tile.height * rows < size.height:
        raise corrupt(f"{columns} x {rows} tiles of {tile} px do not cover {size} px")


def _alphas(found: Items, number: int) -> tuple[int, ...]:
    """Return the items that this item is the alpha plane of; empty if it is not an alpha plane."""
    item = found.listed.get(number)
    kind = item.first(b"auxC") if item else None
    is_alpha = kind is not None and kind[4:].partition(b"\0")[0] in _ALPHA_URNS
    return found.auxiliary[number] if is_alpha else ()


def _alpha(found: Items) -> int | None:
    """Return the number of the picture's alpha plane; None if there is none."""
    planes = [number for number in found.auxiliary if found.primary in _alphas(found, number)]
    if not planes:
        return None
    if len(planes) > 1:
        raise corrupt("it has several alpha planes")
    own, picture = (transforms(found.item(number)) for number in (planes[0], found.primary))
    if own and own != picture:
        raise unsupported("its alpha plane is not rotated, mirrored or cropped like its colours")
    return planes[0]


def _profile(item: Item, coded: Coded, colours: Colours) -> bytes | None:
    """Return the profile to convert with: the one in the file, or the one that its codes stand for."""
    kinds = {kept.content[:4]: kept.content for kept, _ in item.associations if kept.name == b"colr"}
    profile = kinds.get(b"prof", kinds.get(b"rICC"))
    if profile and (whole := icc.counting(profile[4:], colours)):
        return whole
    codes = unpacked(">HH", kinds[b"nclx"], 4) if b"nclx" in kinds else coded.codes
    return icc.counting(icc.from_codes(*codes), colours) if codes else None
