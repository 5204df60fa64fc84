"""Where storages keep their files: which of them may share a file, and which files are in a folder."""

import os
import posixpath
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.core.files.storage import FileSystemStorage, Storage

from .storages import storage_errors

_CONTAINERS = ("bucket_name", "azure_container", "container_name", "share_name")
"""The attributes in which storages for object stores name the bucket or container of their files."""

_PREFIXES = ("location", "root_path", "base_path")
"""The attributes in which storages keep the folder, or the start of a key, that precedes every name."""

_DEEPEST = 100
"""The limit on nested folders: a storage that lists a folder as its own content would never end."""


class Whereabouts(NamedTuple):
    """What is known about the location of a storage without asking it for a file.

    Attributes:
        prefix: What precedes every name: an absolute folder, the start of a key, or nothing.
        is_folder: Whether each file is certainly in that folder under its own name.
        containers: The buckets or containers that the storage names.
    """

    prefix: str
    is_folder: bool
    containers: frozenset[str]

    def is_apart_from(self, other: "Whereabouts") -> bool:
        """Return whether no file can be in both: different containers, or a container and a local folder."""
        if self.containers and other.containers:
            return self.containers.isdisjoint(other.containers)
        return (self.is_folder and bool(other.containers)) or (other.is_folder and bool(self.containers))


def whereabouts(storage: Storage) -> Whereabouts:
    """Return where a storage keeps its files; whatever the storage raises is ignored."""
    if _is_plain_folder(storage):
        location = _text(storage, "location")
        if location:
            return Whereabouts(os.path.realpath(location), is_folder=True, containers=frozenset())
    containers = frozenset(filter(None, (_text(storage, name) for name in _CONTAINERS)))
    prefix = _folder_by_path(storage) or next(filter(None, (_text(storage, name) for name in _PREFIXES)), "")
    prefix = os.path.realpath(prefix) if _is_absolute(prefix) and not containers else prefix.strip("/")
    return Whereabouts(prefix, is_folder=False, containers=containers)


def _is_plain_folder(storage: Storage) -> bool:
    """Return whether a storage makes paths as Django's storage for local files does."""
    return getattr(storage.__class__, "path", None) is FileSystemStorage.path


def _text(storage: Storage, name: str) -> str:
    """Return an attribute of a storage as text, empty if it has none or raises."""
    try:
        value = getattr(storage, name, None)
        return os.fspath(value) if isinstance(value, str | os.PathLike) else ""
    except Exception:  # noqa: BLE001 - a property of a third party's class may raise anything
        return ""


def _folder_by_path(storage: Storage) -> str:
    """Return the folder that a storage's own `path` puts files into, empty if it has none."""
    try:
        folder, name = os.path.split(storage.path("probe"))
    except Exception:  # noqa: BLE001 - most storages have no path, and say so in different ways
        return ""
    return folder if name == "probe" else ""


def names_elsewhere(names: Iterable[str], here: Storage, there: Storage) -> dict[str, tuple[str, ...]] | None:
    """Return the names under which another storage may keep the same files.

    If in doubt, it is assumed to use the same names. Then the caller asks one question too many, or keeps a
    file that it could have deleted.

    Args:
        names: Names of files in one storage.
        here: That storage.
        there: The other storage.

    Returns:
        Each name in the other storage, with the given names that it may stand for. None if the names are the
        same in both.
    """
    if here is there:
        return None
    ours, theirs = whereabouts(here), whereabouts(there)
    if ours.is_apart_from(theirs):
        return {}
    if ours.prefix == theirs.prefix:
        return None
    names = list(names)
    found: dict[str, tuple[str, ...]] = {}
    folders: dict[str, str] = {}
    for name in names:
        other = _within(theirs.prefix, _full_name(ours.prefix, name, folders))
        if other:
            found[other] = (*found.get(other, ()), name)
    if ours.is_folder and theirs.is_folder:
        return found
    if all(alike == (other,) for other, alike in found.items()):
        return None
    for name in names:
        if name not in found.get(name, ()):
            found[name] = (name, *found.get(name, ()))
    return found


def _is_absolute(path: str) -> bool:
    return os.path.isabs(path)  # noqa: PTH117 - a Path would keep every part of thousands of names


def _full_name(prefix: str, name: str, folders: dict[str, str]) -> str:
    """Return a name with its prefix; links to folders are resolved, each folder once."""
    full = posixpath.normpath(posixpath.join(prefix, name))
    if not _is_absolute(prefix):
        return full
    folder, base = os.path.split(full)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return f"{folders[folder].rstrip(os.sep)}{os.sep}{base}"


def _within(prefix: str, full: str) -> str:
    """Return the part of a name after a prefix, empty if the name does not start with the prefix."""
    if not prefix:
        return "" if _is_absolute(full) else full
    start = prefix.rstrip(os.sep) + (os.sep if _is_absolute(prefix) else "/")
    return full.removeprefix(start).replace(os.sep, "/") if full.startswith(start) else ""


def may_share(one: Storage, other: Storage) -> bool:
    """Return whether two storages may have a file in common; True if in doubt."""
    first, second = whereabouts(one), whereabouts(other)
    if first.is_folder and second.is_folder:
        folders = [f"{each.prefix.rstrip(os.sep)}{os.sep}" for each in (first, second)]
        return folders[0].startswith(folders[1]) or folders[1].startswith(folders[0])
    return not first.is_apart_from(second)


def is_same_file(here: Storage, name: str, there: Storage, other: str) -> bool:
    """Return whether two names that differ only in case are the same file on this machine.

    True if in doubt. Storages without paths have exact names.
    """
    try:
        paths = here.path(name), there.path(other)
    except Exception:  # noqa: BLE001 - no paths
        return False
    try:
        return os.path.samefile(*paths)  # noqa: PTH121 - storages give paths as text
    except FileNotFoundError:
        return False
    except OSError:
        return True


def listing(storage: Storage) -> str:
    """Return a key to compare the listings of storages, together with `folder_of`.

    If both are the same for two storages, they certainly list the same files. All local folders have the same
    key.
    """
    found = whereabouts(storage)
    if found.is_folder:
        return ""
    if found.containers:
        return repr((sorted(found.containers), found.prefix))
    try:
        return repr((str(storage.__class__), sorted(vars(storage).items())))
    except Exception:  # noqa: BLE001 - the attributes of a storage may not even have a repr
        return repr(id(storage))


def folder_of(storage: Storage, folder: str) -> str:
    """Return a folder as it is compared together with `listing`: the full path of a local one."""
    found = whereabouts(storage)
    return _full_name(found.prefix, posixpath.join(folder, "."), {}) if found.is_folder else folder


def walk(storage: Storage, folder: str) -> Iterator[str]:
    """Yield the names of all files in a folder and below it; nothing if there is no such folder.

    Local folders are streamed. Other storages list one folder at a time, and that list is held in memory.
    Storages that list full names instead of file names, as Azure's does, are supported.

    Raises:
        ThumbnailError: `storage`.
    """
    with storage_errors(f"listing {folder!r}"):
        path = storage.path(folder or ".") if _is_plain_folder(storage) else ""
    yield from _walk_local(path, folder) if path else _walk_listed(storage, folder)


def _walk_local(path: str, folder: str) -> Iterator[str]:
    with storage_errors(f"listing {folder!r}"):
        try:
            entries = os.scandir(path)
        except (FileNotFoundError, NotADirectoryError):
            return
    with entries:
        while True:
            with storage_errors(f"listing {folder!r}"):
                entry = next(entries, None)
                is_folder = entry is not None and entry.is_dir(follow_symlinks=False)
            if entry is None:
                return
            name = posixpath.join(folder, entry.name)
            if is_folder:
                yield from _walk_local(entry.path, name)
            else:
                yield name


def _walk_listed(storage: Storage, folder: str, depth: int = 0) -> Iterator[str]:
    with storage_errors(f"listing {folder!r}"):
        try:
            folders, files = storage.listdir(folder)
        except FileNotFoundError:
            return
        if depth == _DEEPEST:
            msg = f"it has more than {_DEEPEST} nested folders"
            raise RecursionError(msg)
    prefixes = _starts_of_full_names(storage, folder)
    for entry in files:
        name = _name_in(folder, entry, prefixes)
        if not folder or "/" not in entry or entry.startswith(prefixes) or _exists(storage, name):
            yield name
    for entry in folders:
        name = _name_in(folder, entry.rstrip("/"), prefixes)
        if posixpath.basename(name) not in {"", ".", ".."} and name != folder:
            yield from _walk_listed(storage, name, depth + 1)


def _starts_of_full_names(storage: Storage, folder: str) -> tuple[str, ...]:
    """Return how the full names of files in a folder may start: with and without the prefix."""
    prefix = whereabouts(storage).prefix
    inside = [f"{folder}/"] if folder else []
    return tuple([f"{posixpath.join(prefix, folder).rstrip('/')}/", *inside] if prefix else inside)


def _name_in(folder: str, entry: str, prefixes: tuple[str, ...]) -> str:
    """Return the name of a file from an entry of a listing: a full name, or one without the folder."""
    for start in prefixes:
        if entry.startswith(start):
            return posixpath.join(folder, entry.removeprefix(start))
    return posixpath.join(folder, entry)


def _exists(storage: Storage, name: str) -> bool:
    with storage_errors(f"looking for {name!r}"):
        return storage.exists(name)
