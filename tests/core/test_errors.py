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


def test_people_who_see_the_row_are_told_what_is_wrong_with_the_file() -> None:
    assert ThumbnailError("it ends early", ErrorCode.CORRUPT).reason == "corrupt: it ends early"


@pytest.mark.parametrize("code", [ErrorCode.STORAGE, ErrorCode.ENGINE])
def test_paths_and_addresses_of_the_server_stay_in_the_log(code: ErrorCode) -> None:
    reason = ThumbnailError("opening /srv/secret failed", code).reason
    assert reason.startswith(f"{code.value}: ")
    assert "secret" not in reason


def test_a_long_message_is_shortened_to_one_line() -> None:
    reason = ThumbnailError("word\n" * 200, ErrorCode.CORRUPT).reason
    assert len(reason) <= 300
    assert "\n" not in reason
    assert reason.endswith("word …")
