"""Clause 11. Many threads can render with one instance at once, and get the same bytes."""

from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

from advthumb.core.spec import ThumbnailSpec
from advthumb.engines.base import ThumbnailEngine
from advthumb.testing import pictures

from .rendering import render, wanted

THREADS = 4
EACH = 6


class ThreadsClause:
    """Clause 11. Many threads can render with one instance at once, and get the same bytes."""

    def test_threads_do_not_disturb_each_other(self, engine: ThumbnailEngine) -> None:
        """Clause 11: pictures with profiles, orientations and alpha, in several sizes, many times."""
        sources = [
            pictures.encode(pictures.photo_pixels(640, 480), "JPEG", icc_profile=pictures.P3.icc),
            pictures.oriented(6, "JPEG"),
            pictures.encode(pictures.noise_pixels(200, 200, 4)),
            pictures.cmyk_jpeg(
                pictures.noise_pixels(200, 200, 4), icc_profile=pictures.swapped_ink_profile()
            ),
        ]
        specs = [wanted(side, side, output) for side in (40, 150) for output in ("PNG", "JPEG")]
        jobs = [(source, spec) for source in sources for spec in specs]

        def run(job: tuple[bytes, ThumbnailSpec]) -> bytes:
            return render(engine, *job).data

        alone = [run(job) for job in jobs]
        with ThreadPoolExecutor(THREADS) as pool:
            together = list(pool.map(run, islice(cycle(jobs), EACH * len(jobs))))
        assert together == alone * EACH
