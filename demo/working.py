"""Show thumbnails made in the background: a web server takes uploads, and workers make the thumbnails."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from io import StringIO
from statistics import median
from typing import Any, NoReturn

from django.core.management import call_command
from django_tasks_db.models import DBTaskResult
from tqdm import tqdm

from expectations import FIELDS
from gallery.models import Photo
from processes import EndedError, Process, check_all_run, site
from project.notes import Work, noted
from serving import invite
from uploading import Uploader, UploadError

WORKERS = 2
_PATIENCE = 60
"""Seconds in which the workers must finish at least one photo."""

_COLUMNS = "{:10} {:>8} {:>11} {:>6} {:>9}"
_HAS_ALL = {f"{field}__gt": "" for field in FIELDS}


def show_workers(address: str, uploads: int, *, serve: bool) -> list[str]:
    """Upload pictures to a site that has two workers, and return complaints about the result.

    Args:
        address: Host and port of the web server.
        uploads: How many pictures are uploaded.
        serve: Whether the site then runs until Ctrl-C.
    """
    print(f"Starting a web server on http://{address}/ and {WORKERS} workers.", flush=True)
    uploader = Uploader(address, uploads)
    try:
        with site(address, WORKERS) as processes:
            print(f"Uploading {uploads} photos, which get {len(FIELDS)} thumbnails each.", flush=True)
            seconds = _upload_and_watch(uploader, processes)
            work = {each.pid: each for each in noted()}
            print("\n".join(_report(uploader, seconds, processes, work)), flush=True)
            complaints = [*_complaints(uploader, work.values())]
            if serve:
                _serve(address, processes)
    except (EndedError, UploadError, TimeoutError) as error:
        return [str(error)]
    return complaints


def _upload_and_watch(uploader: Uploader, processes: list[Process]) -> float:
    """Upload in a thread, show the progress on a terminal, and return how long all of it took.

    Raises:
        UploadError: The web server refused a picture.
        EndedError: A process ended.
        TimeoutError: The workers stopped making thumbnails.
    """
    started = time.monotonic()
    with (
        ThreadPoolExecutor(1) as pool,
        tqdm(total=uploader.count, desc="With thumbnails", unit="photo", disable=None) as bar,
    ):
        uploading = pool.submit(uploader.run)
        try:
            _watch(uploader, uploading, processes, bar)
        finally:
            uploader.stopped = True
    return time.monotonic() - started


def _watch(
    uploader: Uploader, uploading: "Future[None]", processes: list[Process], bar: "tqdm[NoReturn]"
) -> None:
    """Show the progress until all photos are uploaded and no task waits."""
    made, changed = 0, time.monotonic()
    while True:
        uploaded = _is_done(uploading)  # before the tasks are counted, so that none is missed
        waiting = _waiting()
        before, made = made, Photo.objects.filter(**_HAS_ALL).count()
        bar.set_postfix(uploaded=len(uploader.milliseconds), waiting=waiting, refresh=False)
        bar.update(made - before)
        if uploaded and not waiting:
            return
        check_all_run(processes)
        if made > before:
            changed = time.monotonic()
        elif time.monotonic() - changed > _PATIENCE:
            raise TimeoutError(f"no photo was finished for {_PATIENCE} s; {waiting} tasks wait")
        time.sleep(0.1)


def _is_done(uploading: "Future[None]") -> bool:
    """Return whether all photos are uploaded; an error of the thread is raised here."""
    if uploading.done():
        uploading.result()
    return uploading.done()


def _waiting() -> int:
    """Return how many tasks have not finished."""
    return DBTaskResult.objects.filter(status__in=["READY", "RUNNING"]).count()


def _report(
    uploader: Uploader, seconds: float, processes: list[Process], work: Mapping[int, Work]
) -> Iterator[str]:
    """Return the lines that say how long it took, and who made what."""
    yield f"All had them after {seconds:.1f} s: {uploader.count / seconds:.1f} photos a second."
    yield f"An upload was answered after {median(uploader.milliseconds):.0f} ms (median).\n"
    yield _COLUMNS.format("process", "pid", "thumbnails", "MB", "seconds")
    for name, running, _ in processes:
        done = work.get(running.pid, Work(name, running.pid, 0, 0, 0.0))
        yield _COLUMNS.format(*done[:3], f"{done.bytes / 1e6:.1f}", f"{done.seconds:.1f}")


def _complaints(uploader: Uploader, work: Iterable[Work]) -> Iterator[str]:
    """Check who made the thumbnails, and check the rows and the files with the commands of a site."""
    wanted = uploader.count * len(FIELDS)
    if uploader.with_thumbnail:
        yield f"{uploader.with_thumbnail} uploads were answered only after a thumbnail was made."
    made = sum(each.thumbnails for each in work if each.process.startswith("worker"))
    if made != wanted:
        yield f"The workers stored {made} thumbnails, not {wanted}."
    found = _command("thumbnail_status", "--model", "gallery.photo", "--verify", "stat", "--json")["total"]
    print(f"{found['fresh']} of {wanted} thumbnails are fresh.")
    if found["fresh"] != wanted:
        yield f"Not every thumbnail is fresh: {found}"
    found = _command("prune_thumbnails", "--older-than", "0s", "--dry-run", "--json")
    print(f"{found['count']} unused files.", flush=True)
    if found["count"]:
        yield f"Unused files were left: {found['files']}"


def _command(*arguments: str) -> dict[str, Any]:
    """Show and run a management command, and return the document that it prints."""
    print(f"\n$ python manage.py {' '.join(arguments)}", flush=True)
    out = StringIO()
    call_command(*arguments, stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def _serve(address: str, processes: list[Process]) -> None:
    """Keep the site running until Ctrl-C."""
    invite(address)
    while True:
        check_all_run(processes)
        time.sleep(1)
