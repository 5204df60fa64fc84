"""Real files, checked against a manifest of required results; without them the module is skipped."""

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError
from advthumb.core.formats import EXOTIC_FORMATS, SAFE_FORMATS
from advthumb.core.sniffing import SNIFF_BYTES, admit, sniff
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing.contract.watch import Outcome, Watched

from .corpus import CORPUS, MISSING, ROWS, Row

pytestmark = pytest.mark.skipif(not ROWS, reason=MISSING)


def check_picture(row: Row, outcome: Outcome) -> None:
    """Fail unless the result is a thumbnail of the upright picture."""
    assert not outcome.code, f"{outcome.message} [{outcome.code}]"
    if row["oriented_w"]:  # the manifest does not give it for rare formats
        assert outcome.display == [int(row["oriented_w"]), int(row["oriented_h"])]
    longest = min(100, max(outcome.display))
    assert max(outcome.size) == longest


def check_refusal(outcome: Outcome) -> None:
    """Fail unless the picture was refused cleanly, without an engine failure."""
    assert outcome.code in {ErrorCode.CORRUPT, ErrorCode.TOO_LARGE, ErrorCode.UNSUPPORTED}, outcome.message


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_every_file_gives_the_required_result(engine: ThumbnailEngine, watched: Watched, row: Row) -> None:
    """Clauses 1, 2, 9, 10 and 16, on real files; `Watched` checks time, memory and isolation."""
    path = CORPUS / row["file"]
    outcome = watched(path)
    found = sniff(path.read_bytes())
    if found in SAFE_FORMATS - engine.reads:
        assert outcome.code == ErrorCode.UNSUPPORTED
    elif found in EXOTIC_FORMATS and not outcome.code:  # the manifest requires nothing of them
        assert max(outcome.size) == min(100, max(outcome.display))
    elif row["must"] == "OK":
        check_picture(row, outcome)
    elif row["must"] in {"REJECT", "SNIFF_REJECT"} or outcome.code:
        check_refusal(outcome)
    elif row["must"] == "OPTIONAL":
        check_picture(row, outcome)
    else:
        assert row["must"] == "ANY_CLEAN"
        assert outcome.size


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["must"] == "SNIFF_REJECT"], ids=lambda row: row["file"]
)
def test_a_file_that_is_not_a_raster_picture_never_reaches_a_decoder(row: Row) -> None:
    """Clause 9: refused from the first bytes."""
    head = (CORPUS / row["file"]).read_bytes()[:SNIFF_BYTES]
    with pytest.raises(ThumbnailError) as caught:
        admit(head, SAFE_FORMATS)
    assert caught.value.code is ErrorCode.UNSUPPORTED


def test_the_corpus_is_complete() -> None:
    """Otherwise nobody would notice a shrunken manifest."""
    assert len(ROWS) >= 100
    assert {row["must"] for row in ROWS} == {"OK", "OPTIONAL", "ANY_CLEAN", "REJECT", "SNIFF_REJECT"}
    assert not [row["file"] for row in ROWS if not (CORPUS / row["file"]).is_file()]
