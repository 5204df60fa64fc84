"""`core.sets`: the code of a set is read back as it was written."""

import re

import pytest
from hypothesis import given

from advthumb.core.formats import OUTPUTS
from advthumb.core.sets import LETTERS, MAX_WIDTH, MAX_WIDTHS, SET_PATTERN, SetCode

from .test_names import set_codes


def test_every_output_format_has_its_letter() -> None:
    assert set(LETTERS) == set(OUTPUTS)
    assert len(set(LETTERS.values())) == len(OUTPUTS)


@given(set_codes)
def test_a_code_is_read_back_as_it_was_written(code: SetCode) -> None:
    assert SetCode.parse(str(code)) == code
    assert bool(re.fullmatch(SET_PATTERN, str(code))) is (code != SetCode())


def test_the_largest_width_begins_with_a_digit() -> None:
    """So it cannot be taken for a format."""
    assert str(SetCode(widths=(MAX_WIDTH,)))[0].isdecimal()
    assert len(str(SetCode(tuple(OUTPUTS), (1,) * MAX_WIDTHS))) == len(OUTPUTS) + 3 * MAX_WIDTHS


@pytest.mark.parametrize("code", ["0", "0c", "b", "z00", "0cga", "AW", "0CG"])
def test_a_text_that_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="is not the code of a set"):
        SetCode.parse(code)
