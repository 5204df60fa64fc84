"""`core.errors`: one family, with a code that machines read."""

import pickle

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError


@pytest.mark.parametrize("code", ErrorCode)
def test_an_error_says_what_was_wrong_and_which_kind_it_is(code: ErrorCode) -> None:
    error = ThumbnailError("the source is empty", code)
    assert (error.message, error.code) == ("the source is empty", code)
    assert str(error) == f"the source is empty [{code.value}]"


def test_the_codes_are_the_words_of_logs_and_json() -> None:
    assert [code.value for code in ErrorCode] == ["unsupported", "too-large", "corrupt", "storage", "engine"]


def test_an_error_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(ThumbnailError("cut off", ErrorCode.CORRUPT)))
    assert (error.message, error.code) == ("cut off", ErrorCode.CORRUPT)
