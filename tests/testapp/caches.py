"""A cache that is down."""

from typing import Any

from django.core.cache.backends.base import BaseCache


class BrokenCache(BaseCache):
    """Raises on every call."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _fail(self, *_args: Any, **_kwargs: Any) -> Any:
        msg = "the cache is down"
        raise ConnectionError(msg)

    get = set = add = delete = get_many = set_many = delete_many = touch = clear = _fail
