"""`core.errors`: one exception class with a machine-readable code."""

import pickle

import pytest

from advthumb.core.errors import ErrorCode, ThumbnailError


@pytest.mark.parametrize("code", ErrorCode)
def test_an_error_has_a_message_and_a_code(code: ErrorCode) -> None:
    error = ThumbnailError("the source is empty", code)
    assert (error.message, error.code) == ("the source is empty", code)
    assert str(error) == f"the source is empty [{code.value}]"


def test_the_codes_match_logs_and_json() -> None:
    assert [code.value for code in ErrorCode] == ["unsupported", "too-large", "corrupt", "storage", "engine"]


def test_an_error_survives_pickling_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ThumbnailError("cut off", ErrorCode.CORRUPT)))
    assert (error.message, error.code) == ("cut off", ErrorCode.CORRUPT)


def test_the_public_message_explains_what_is_wrong_with_the_file() -> None:
    assert ThumbnailError("it ends early", ErrorCode.CORRUPT).reason == "corrupt: it ends early"


@pytest.mark.parametrize("code", [ErrorCode.STORAGE, ErrorCode.ENGINE])
def test_server_paths_and_addresses_appear_only_in_the_log(code: ErrorCode) -> None:
    reason = ThumbnailError("opening /srv/secret failed", code).reason
    assert reason.startswith(f"{code.value}: ")
    assert "secret" not in reason


def test_a_long_message_is_shortened_to_one_line() -> None:
    reason = ThumbnailError("word\n" * 200, ErrorCode.CORRUPT).reason
    assert len(reason) <= 300
    assert "\n" not in reason
    assert reason.endswith("word …")
