"""The demo: save sample photos through the field, change a size, and show the results and times.

`dev.py demo` runs this with the Python of .venv. It exits with 0 only if all results are right; with
--serve it then serves the gallery and the admin. With --workers it shows thumbnails made in the background
instead.
"""

import argparse
import logging
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.core.management import call_command
from PIL import Image

from samples import TURNED, sample_files
from serving import HOST, PORT, is_free, serve_gallery
from sheet import Card, write_sheet

if TYPE_CHECKING:
    from importing import Upload
    from samples import Sample

OLD_SIDE, NEW_SIDE = 300, 400


def main() -> int:
    """Run the demo and return its exit code."""
    arguments = parse_arguments()
    address = f"{HOST}:{arguments.port}"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the processes of --workers end, too
    started = time.monotonic()
    start_afresh("project.worker_settings" if arguments.workers else "project.settings")
    if arguments.workers:
        from working import show_workers

        complaints = show_workers(address, arguments.uploads, serve=arguments.serve)
    else:
        complaints = show()
    for complaint in complaints:
        print(f"NOT AS IT SHOULD BE: {complaint}")
    verdict = "Not everything is as it should be" if complaints else "Everything is as it should be"
    print(f"{verdict}, after {time.monotonic() - started:.0f} s.", flush=True)
    if arguments.serve and not arguments.workers:
        from resizing import environment

        serve_gallery(address, environment(NEW_SIDE))
    return int(bool(complaints))


def parse_arguments() -> argparse.Namespace:
    """Return the arguments, or exit if they cannot be used."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description="Show advthumb at work.")
    parser.add_argument("--serve", action="store_true", help=f"serve the gallery on {HOST} afterwards")
    parser.add_argument(
        "--workers", action="store_true", help="show a web server and two workers that make the thumbnails"
    )
    parser.add_argument("--uploads", type=int, default=200, help="how many photos --workers uploads; 200")
    parser.add_argument("--port", type=int, default=PORT, help=f"the port of the web server; {PORT}")
    arguments = parser.parse_args()
    if (arguments.serve or arguments.workers) and not is_free(arguments.port):
        parser.error(f"port {arguments.port} of {HOST} is taken; choose another one with --port")
    return arguments


def start_afresh(settings_module: str) -> None:
    """Set up Django with the old size, a new database and no media."""
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    os.environ["GALLERY_THUMBNAIL_SIZE"] = str(OLD_SIDE)
    os.environ.pop("GALLERY_SITE", None)  # the folder deleted next must belong to the demo
    shutil.rmtree(settings.SITE, ignore_errors=True)
    settings.SITE.mkdir(parents=True)
    django.setup()
    call_command("migrate", verbosity=0)


def log_as_expected(names: list[str]) -> None:
    """Mark expected failures in the log: uploads with one of these names fail on purpose."""

    def say(record: logging.LogRecord) -> bool:
        if any(name in record.getMessage() for name in names):
            record.msg, record.args = f"As expected: {record.getMessage()}", ()
        return True

    logging.getLogger("advthumb").addFilter(say)


def show() -> list[str]:
    """Show everything, and return the complaints about it."""
    # These modules import models, which exist only after Django is set up.
    from expectations import complaints_about, complaints_about_leftovers
    from importing import table, upload_all
    from resizing import change_size

    print("Making the sample pictures, unless they are there from an earlier run.", flush=True)
    files = sample_files(settings.WORK)
    log_as_expected([sample.name for sample, _ in files if not sample.readable])
    uploads = upload_all(files)
    print("\nWhat was uploaded, and what save() made of it:\n")
    print("\n".join(table(uploads)))
    complaints: list[str] = []
    for upload in uploads:
        complaints += complaints_about(upload.photo, upload.sample, upload.path, OLD_SIDE)

    print(f"\nNow `thumbnail` is to fit {NEW_SIDE} x {NEW_SIDE} instead of {OLD_SIDE} x {OLD_SIDE}.")
    broken = next(upload.sample.name for upload in uploads if not upload.sample.readable)
    complaints += change_size(NEW_SIDE, broken)
    for upload in uploads:
        upload.photo.refresh_from_db()
        complaints += complaints_about(upload.photo, upload.sample, upload.path, NEW_SIDE)
    complaints += complaints_about_leftovers(settings.MEDIA_ROOT / "thumbnails")

    heading = f"advthumb demo: every thumbnail, after the change from {OLD_SIDE} to {NEW_SIDE}"
    upright = [upload for upload in uploads if not upload.sample.name.startswith(TURNED)]
    lay_out("contact-sheet", [card(upload) for upload in upright], heading)
    turned = [card(upload) for upload in uploads if upload not in upright]
    lay_out("orientations", turned, "advthumb demo: stored in each orientation of EXIF, shown upright")
    complaints += show_documents()
    complaints += show_pictures()
    return complaints + compare_engines([(upload.sample, upload.path) for upload in uploads])


def show_documents() -> list[str]:
    """Show files of any kind, and return the complaints about them."""
    from documents import NO_PICTURE, cards, complaints_about_documents, upload_documents

    log_as_expected([NO_PICTURE])
    print("\nFiles of other kinds, with the engines imagemagick, pdf, svg and video.")
    documents = upload_documents()
    lay_out("documents", cards(documents), "advthumb demo: files of any kind")
    return complaints_about_documents(documents)


def show_pictures() -> list[str]:
    """Save photographs with all that a page needs of them, and return the complaints about them."""
    from pictures import complaints_about_pictures, upload_pictures

    print("\nPhotographs with responsive sets, placeholders, crops around a focal point, and processors.")
    return [*complaints_about_pictures(upload_pictures())]


def compare_engines(files: "list[tuple[Sample, Path]]") -> list[str]:
    """Show the same pictures by every engine, and return the complaints about them."""
    import engines

    print(
        "\nThe same pictures by every engine, as PNG: milliseconds, and mean difference from the first one.\n"
    )
    compared = engines.render_all(files, OLD_SIDE)
    print("\n".join(engines.table(compared)))
    lay_out("engines", list(engines.cards(compared)), "advthumb demo: the same pictures by every engine")
    return list(engines.complaints(compared))


def lay_out(name: str, cards: list[Card], heading: str) -> None:
    """Write a contact sheet into the demo's folder."""
    path = settings.WORK / f"{name}.png"
    write_sheet(cards, heading, path)
    print(f"\nContact sheet: {path.relative_to(settings.DEMO.parent)}")


def card(upload: "Upload") -> Card:
    """Return the card of one upload for the contact sheet."""
    photo, error = upload.photo, upload.error
    pictures = []
    for file in filter(None, (photo.thumbnail, photo.square, photo.preview)):
        kind = Path(file.path).suffix[1:].upper()
        caption = f"{file.width} x {file.height}  {kind}  {file.size / 1000:.0f} kB"
        with Image.open(file.path) as thumbnail:
            pictures.append((thumbnail.copy(), caption))
    return Card(
        f"{upload.sample.name}, saved in {upload.milliseconds:.0f} ms",
        upload.sample.why,
        pictures,
        note=f"No thumbnail, and save() went well: the source is {error.code}." if error else "",
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
