"""What the class of a storage says, without a call to the storage."""

from collections.abc import Hashable
from functools import cache
from typing import cast

from django.core.files.storage import FileSystemStorage, Storage


def class_of(storage: Storage) -> Hashable:
    """Return the class of a storage, also if Django makes the storage on first use."""
    return cast("Hashable", storage.__class__)


@cache
def keeps(storage_class: Hashable, methods: tuple[str, ...]) -> bool:
    """Return whether a storage class has these methods unchanged from Django's `FileSystemStorage`."""
    return all(getattr(storage_class, name, None) is getattr(FileSystemStorage, name) for name in methods)


def never_overwrites(storage: Storage) -> bool:
    """Return whether a storage certainly gives every new file a name that was free.

    Django's own `get_available_name` does. A storage with another one is not trusted, and not tried either:
    some delete the existing file when they are asked for a name.
    """
    try:
        method = getattr(storage.get_available_name, "__func__", None)
        return method is Storage.get_available_name and not getattr(storage, "_allow_overwrite", False)
    except Exception:  # noqa: BLE001 - a third party's property may raise anything; then nothing is certain
        return False


_OVERWRITE_OPTIONS = ("file_overwrite", "overwrite_files")
"""How storages of django-storages say whether they overwrite: S3 and Google, then Azure."""


def overwrites(storage: Storage) -> bool | None:
    """Return whether a storage overwrites files of the same name, None if it does not say.

    False if it is not set up: other checks report that.
    """
    try:
        said = [bool(getattr(storage, name)) for name in _OVERWRITE_OPTIONS if hasattr(storage, name)]
        if any(said) or getattr(storage, "_allow_overwrite", False):
            return True
        return False if said or never_overwrites(storage) else None
    except Exception:  # noqa: BLE001 - a third party's storage may raise anything for missing settings
        return False
