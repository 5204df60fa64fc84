"""Reads XCF files (GIMP's own format): which layers are visible, and how they are put together.

An XCF holds no merged picture. Files are read whose visible layers only cover each other, as most layers do.
What GIMP computes in another way is refused. Layers are decoded here, and no decoder sees an XCF: that of
ImageMagick 6 reads no file of GIMP 2.10, and that of version 7 no palettes, no masks and no deflated tiles.
"""

from collections.abc import Iterator
from typing import NamedTuple

from advthumb.core.containers import icc
from advthumb.core.containers.reading import corrupt, unsupported
from advthumb.core.formats import ImageFormat
from advthumb.core.images import Box, Colours, Layer, SourceInfo

from . import xcf_layers
from .xcf_headers import ADVICE, GREY, Header, LayerHeader, file_header, layer_header

_LEGACY, _NORMAL, _PASS_THROUGH = 0, 28, 61
"""The modes "Normal" of GIMP 2.8, "Normal" of later versions, and "Pass through" of groups, which leaves
everything to their layers."""
_DEFAULT, _UNION = 0, 1
_LINEAR, _PERCEPTUAL = 1, 2
_SPACES = {_LEGACY: _PERCEPTUAL, _NORMAL: _LINEAR}
"""The default space of each mode."""


class _Shown(NamedTuple):
    """The part of a visible layer that is decoded, its header, and whether it is mixed in linear light."""

    part: Box
    header: LayerHeader
    linear: bool


def read(data: bytes) -> SourceInfo:
    """Read the headers of the file and of its layers.

    Raises:
        ThumbnailError: `corrupt`, `unsupported`, or `too-large` if there are very many layers or properties.
    """
    header = file_header(data)
    colours = Colours.GREY if header.base == GREY else Colours.RGB
    profile = icc.counting(header.profile, colours)
    shown = _shown(data, header)
    if profile and any(layer.linear for layer in shown) and not icc.has_srgb_curve(profile):
        raise unsupported(f"an XCF with layers that are mixed in the light of an unusual profile; {ADVICE}")
    alpha = not any(layer.header.covers(header.size) for layer in shown)
    samples = (1 if colours is Colours.GREY else 3) + alpha
    areas = [layer.part.size.pixels for layer in shown]
    depth = max(xcf_layers.sample_bytes(header, layer.header) for layer in shown)
    return SourceInfo(
        ImageFormat.XCF,
        header.size,
        has_alpha=alpha,
        colours=colours,
        samples=samples,
        bits=8 * depth,
        coded=sum(areas),
        held=2 * max(areas) * (samples + 1) * depth,  # the largest layer, twice
        profile=profile,
        coded_as=ImageFormat.PNG,
        layers=len(shown),
    )


def clean(data: bytes, info: SourceInfo) -> bytes:
    """Return the lowest visible layer as a PNG.

    Raises:
        ThumbnailError: `corrupt`: its pixel data is damaged.
    """
    return next(layers(data, info)).stream


def layers(data: bytes, _info: SourceInfo) -> Iterator[Layer]:
    """Yield the visible layers, from the bottom up.

    Raises:
        ThumbnailError: `corrupt`: the pixel data of a layer is damaged.
    """
    header = file_header(data)
    for layer in _shown(data, header):
        left, top = layer.header.offset
        yield Layer(
            xcf_layers.as_png(data, header, layer.header, layer.part),
            layer.part.size,
            (left + layer.part.left, top + layer.part.top),
            has_alpha=layer.header.has_alpha,
            linear=layer.linear,
        )


def _shown(data: bytes, header: Header) -> list[_Shown]:
    """Return the layers that are visible on the canvas, from the bottom up.

    Raises:
        ThumbnailError: `unsupported`: there is none, or GIMP does more than placing them over each other.
    """
    shown, grouped = list[_Shown](), set[bool]()
    for layer in _visible(data, header):
        part = layer.on(header.size)
        if layer.is_group:
            if layer.fades:
                raise unsupported(f"an XCF with a group that is transparent or has a mask; {ADVICE}")
            if layer.mode != _PASS_THROUGH:
                grouped.add(_is_linear(layer))
        elif part:
            shown.append(_Shown(part, layer, linear=_is_linear(layer)))
    if not shown:
        raise unsupported("an XCF without a visible layer")
    shown.reverse()
    mixing = {layer.linear for layer in shown[1:] if layer.header.has_alpha}
    if grouped and len(grouped | mixing) > 1:  # it would matter that those in a group are mixed first
        raise unsupported(f"an XCF with a group, and with layers mixed in different spaces; {ADVICE}")
    # For the lowest layer and opaque ones, the space makes no difference. A change of it takes time.
    return [
        layer if number and layer.header.has_alpha else layer._replace(linear=True in mixing)
        for number, layer in enumerate(shown)
    ]


def _visible(data: bytes, header: Header) -> Iterator[LayerHeader]:
    """Yield the visible layers and groups, from the top down."""
    groups: dict[tuple[int, ...], bool] = {}
    outermost = 0
    for at in header.layers:
        layer = layer_header(data, header, at)
        if layer.floating:
            raise unsupported(f"an XCF with a floating selection; {ADVICE}")
        path = layer.path or (outermost,)
        outermost += not layer.path
        above = [groups.get(path[:depth]) for depth in range(1, len(path))]
        if None in above:
            raise corrupt("a layer is in a group that is missing")
        visible = layer.visible and all(above)
        if layer.is_group:
            groups[path] = visible
        if visible:
            yield layer


def _is_linear(layer: LayerHeader) -> bool:
    """Return whether a layer is mixed in linear light.

    Raises:
        ThumbnailError: `unsupported`: it is not only placed over the layers below it.
    """
    space = layer.space or _SPACES.get(layer.mode)
    covers = layer.mode in _SPACES and layer.composite in {_DEFAULT, _UNION}
    if not covers or space not in _SPACES.values():
        raise unsupported(f"an XCF with a layer of another mode than Normal ({layer.mode}); {ADVICE}")
    if layer.shows_mask:
        raise unsupported(f"an XCF that shows a mask instead of its layer; {ADVICE}")
    return space == _LINEAR
