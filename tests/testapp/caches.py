"""A cache that is down, and one that counts its calls."""

from collections import Counter
from typing import Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache


class BrokenCache(BaseCache):
    """Raises on every call."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def _fail(self, *_args: Any, **_kwargs: Any) -> Any:
        msg = "the cache is down"
        raise ConnectionError(msg)

    get = set = add = delete = get_many = set_many = delete_many = touch = clear = _fail


class CountingCache(LocMemCache):
    """Counts the calls that would each be a round trip to a server."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(location, params)
        self.calls: Counter[str] = Counter()

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        self.calls["get"] += 1
        return super().get(key, default, version)

    def get_many(self, keys: Any, version: Any = None) -> dict[Any, Any]:
        self.calls["get_many"] += 1
        found = {key: LocMemCache.get(self, key, None, version) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def set(self, key: Any, value: Any, timeout: Any = None, version: Any = None) -> None:
        self.calls["set"] += 1
        super().set(key, value, timeout, version)
