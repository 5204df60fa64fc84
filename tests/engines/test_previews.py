"""Tests for every engine that renders previews of files that are not pictures (`registry.PREVIEWS`)."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import OUTPUTS, ImageFormat
from advthumb.core.sniffing import sniff
from advthumb.engines.base import ThumbnailEngine
from advthumb.engines.registry import PREVIEWS
from advthumb.testing.contract.rendering import opened, probe, render, rgb, wanted
from advthumb.testing.contract.watch import Watched
from tests.pictures import TRACES, plain
from tests.pictures.pages import fonts, lines, pdf, quartered_drawing, quartered_page, svg

from .conftest import had
from .damage import mutated

MUTATIONS = 20
CAIRO = Path(__file__).parents[1] / "pictures" / "cairo"


@dataclass(frozen=True)
class Preview:
    """A file that a preview engine renders.

    Attributes:
        data: The file, twice as wide as high, with every kind of metadata that it can have.
        format: Its format.
        cut: A number of leading bytes that is too few to render it.
    """

    data: bytes
    format: ImageFormat
    cut: int


FILES: Mapping[str, Preview] = MappingProxyType(
    {
        "pdf": Preview(
            pdf(quartered_page() + lines("Hamburg"), page=fonts("Helvetica")), ImageFormat.PDF, cut=40
        ),
        "svg": Preview(
            svg(quartered_drawing() + '<text x="9" y="40" font-size="30">Hamburg</text>'),
            ImageFormat.SVG,
            cut=200,
        ),
    }
)

pytestmark = pytest.mark.parametrize("alias", FILES)


@pytest.fixture
def engine(alias: str) -> ThumbnailEngine:
    return had(alias)


def refusal(engine: ThumbnailEngine, data: bytes, image_format: ImageFormat) -> ThumbnailError:
    with pytest.raises(ThumbnailError) as caught:
        render(engine, data) if sniff(data) is image_format else engine.probe(data, image_format)
    return caught.value


def test_a_preview_engine_is_sealed_and_reads_only_its_format(engine: ThumbnailEngine, alias: str) -> None:
    assert alias in PREVIEWS
    assert (engine.name, engine.isolated, engine.sealed) == (alias, True, True)
    assert engine.reads == {FILES[alias].format}
    assert not [message for message in engine.check() if message.id != "advthumb.W005"]
    assert engine.versions()


@pytest.mark.parametrize("box", [(50, 50), (300, 40), (1, 1), (900, 900)])
def test_the_thumbnail_has_the_wanted_size(engine: ThumbnailEngine, alias: str, box: tuple[int, int]) -> None:
    made = render(engine, FILES[alias].data, wanted(*box))
    assert opened(made).size == made.size == (min(box[0], box[1] * 2), max(1, min(box[0] // 2, box[1])))


def test_a_preview_is_not_enlarged_beyond_its_nominal_size(engine: ThumbnailEngine, alias: str) -> None:
    assert probe(engine, FILES[alias].data).size == (2048, 1024)
    assert render(engine, FILES[alias].data, wanted(4000, 4000)).size == (2048, 1024)


@pytest.mark.parametrize("output", sorted(OUTPUTS))
def test_a_preview_engine_writes_every_output_without_metadata(
    engine: ThumbnailEngine, alias: str, output: str
) -> None:
    if output not in engine.writes:
        pytest.skip(f"this build of Pillow does not write {output}")
    made = render(engine, FILES[alias].data, wanted(60, 60, output))
    assert sniff(made.data) is ImageFormat(output)
    assert made.size == (60, 30)
    assert not opened(made).getexif()
    assert not any(trace in made.data for trace in TRACES)


def test_many_threads_get_the_same_bytes(engine: ThumbnailEngine, alias: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: render(engine, FILES[alias].data).data, range(12)))
    assert len(set(made)) == 1


def test_another_format_is_refused(engine: ThumbnailEngine, alias: str) -> None:
    with pytest.raises(ThumbnailError, match=f"the {alias} engine cannot read PNG here") as caught:
        engine.probe(plain(9, 9), ImageFormat.PNG)
    assert caught.value.code is ErrorCode.UNSUPPORTED


@pytest.mark.parametrize("kind", ["empty", "another", "cut", "nothing behind the beginning"])
def test_a_damaged_file_is_corrupt(engine: ThumbnailEngine, alias: str, kind: str) -> None:
    file = FILES[alias]
    data = {
        "empty": b"",
        "another": plain(9, 9),
        "cut": file.data[: file.cut],
        "nothing behind the beginning": file.data[:5] + bytes(500),
    }[kind]
    assert refusal(engine, data, file.format).code is ErrorCode.CORRUPT


@pytest.fixture(scope="module")
def children() -> Iterator[Callable[[str], Watched]]:
    """Return a function that gives the watched child of an alias; one serves all files."""
    started: dict[str, Watched] = {}

    def get(alias: str) -> Watched:
        if alias not in started:
            started[alias] = Watched(alias).__enter__()
        return started[alias]

    yield get
    for child in started.values():
        child.__exit__(None, None, None)


def test_a_mutated_file_is_rendered_or_refused(
    children: Callable[[str], Watched], engine: ThumbnailEngine, alias: str, tmp_path: Path
) -> None:
    """`Watched` fails if the child crashes, hangs, opens or starts anything, or takes too much memory."""
    file = FILES[alias]
    child = children(alias)
    for number in range(MUTATIONS):
        path = tmp_path / f"{number}.{alias}"
        child.picture_or_refusal(path, mutated(file.data, f"{alias} {number}"))


@pytest.mark.parametrize("program", ["ours", "cairo"])
def test_the_four_corners_are_in_their_places(engine: ThumbnailEngine, alias: str, program: str) -> None:
    data = FILES[alias].data if program == "ours" else (CAIRO / f"quarters.{alias}").read_bytes()
    pixels = rgb(render(engine, data, wanted(200, 200)))
    corners = [tuple(int(level) for level in pixels[row, column]) for row in (2, -3) for column in (2, -3)]
    assert corners == [(255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 0)]
