"""The benchmarks run: each task of a worker process, once and small. They time things, tests do not."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import picture

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
DUE = ["failed", "made", "due", "gone", "cleared"]


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(picture(size=(120, 80)))
    return str(path)


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return a function that has a worker process of ours do a task."""
    site = {"module": "ours", "folder": str(tmp_path_factory.mktemp("worker") / "site")}
    settings = {"apps": ["advthumb"], "settings": {"ADVANCE_THUMBNAIL_ENGINE": "pillow"}}
    with subprocess.Popen(
        [sys.executable, "worker.py", json.dumps(site | settings)],
        cwd=BENCHMARKS,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:

        def answer(task, **arguments):
            worker.stdin.write(json.dumps([task, arguments]) + "\n")
            worker.stdin.flush()
            line = worker.stdout.readline()
            assert line, worker.stderr.read()
            return json.loads(line)

        assert json.loads(worker.stdout.readline()) == {"ready": True}
        yield answer
        worker.stdin.close()


def test_rendering(ask, photo):
    sizes = [[30, 30], [20, 20]]
    shown = ask("rendering.show", source=photo, sizes=sizes)
    assert [Path(path).suffix for path in shown["made"] + shown["lossless"]] == [".jpg"] * 2 + [".png"] * 2
    assert ask("rendering.render", source=photo, sizes=sizes)["seconds"] > 0
    assert ask("rendering.fingerprint", source=photo)["seconds"] > 0
    assert {"decode", "scale", "encode"} < set(ask("profiling.render", source=photo, sizes=sizes)["parts"])


@pytest.mark.parametrize(
    ("image_format", "options", "suffix"),
    [("AVIF", {"effort": "fast"}, ".avif"), ("JPEG", {"effort": "small", "max_bytes": 900}, ".jpg")],
)
def test_encoders(ask, photo, image_format, options, suffix):
    request = {"sources": [photo, photo], "image_format": image_format, "options": options}
    made = ask("encoding.show", **request)["made"]
    assert [Path(path).suffix for path in made] == [suffix] * 2
    assert ask("encoding.encode", **request)["seconds"] > 0


def test_similarity_is_that_of_its_definition(monkeypatch):
    """Worked out window by window, and 1 for the same picture."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    from harness.similarity import similarity

    random = np.random.default_rng(3)
    one = random.integers(0, 256, (12, 10)).astype(float)
    other = (one + random.normal(0, 30, one.shape)).clip(0, 255)
    windows = [
        (one[top : top + 7, left : left + 7], other[top : top + 7, left : left + 7])
        for top in range(6)
        for left in range(4)
    ]
    c1, c2 = 2.55**2, 7.65**2
    expected = np.mean(
        [
            (2 * a.mean() * b.mean() + c1)
            * (2 * ((a - a.mean()) * (b - b.mean())).mean() + c2)
            / ((a.mean() ** 2 + b.mean() ** 2 + c1) * (a.var() + b.var() + c2))
            for a, b in windows
        ]
    )
    assert similarity(one, other) == pytest.approx(expected)
    assert similarity(one, one) == pytest.approx(1)
    assert similarity(one, other) < 0.99


def test_bulk(ask, photo):
    [[source, made]] = ask("filling.fill", kind="Triple", sources=[photo], rows=2)["made"]
    assert source == photo
    assert len(made) == 3
    assert all(Path(path).exists() for path in made)
    assert ask("filling.accepts", option="--workers")["accepts"]


def test_saves_and_pages(ask, photo):
    created = ask("saving.create", source=photo)
    assert (created["queries"], created["storage"]["save"]) == (1, 2)
    touched = ask("saving.touch", source=photo, rows=2)
    assert touched["queries"] == 1
    assert touched["storage"] == {"size": 1, "get_modified_time": 2}
    page = ask("saving.page", source=photo, rows=2)
    assert (page["queries"], page["storage"]) == (0, {})
    assert len(ask("profiling.save", source=photo, rows=2)["parts"]) == 4


@pytest.mark.parametrize("files", [False, True])
def test_tables_in_which_nothing_is_due(ask, photo, files):
    """All of it is fresh, by name or by looking at the files."""
    ask("filling.fill", kind="Single", sources=[photo], rows=1)  # empties the table, and leaves a row
    ask("scanning.seed", source=photo, rows=10, files=files)
    level = "stat" if files else "name"
    for command in ("generate_thumbnails", "regenerate_thumbnails"):
        options = ["--model", "contenders.Single", "--verify", level, "--json"]
        found = ask("scanning.scan", command=command, options=options)
        assert found["outcomes"]["left"] == 11
        assert not any(found["outcomes"][outcome] for outcome in DUE)


def test_an_earlier_commit_runs_its_own_code(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import bench_against
    from contenders import ours
    from harness import workers

    monkeypatch.setattr(bench_against, "CACHE", tmp_path)
    monkeypatch.setattr(workers, "CACHE", tmp_path)
    contender = bench_against.earlier(ours("pillow"), "HEAD")
    workers.Worker(contender).close()
    package = tmp_path / "checkouts" / "HEAD" / "src" / "advthumb" / "__init__.py"
    package.write_text(package.read_text() + "\nraise RuntimeError('of the earlier commit')\n")
    with pytest.raises(workers.WorkerError, match="of the earlier commit"):
        workers.Worker(contender)


def test_facts_about_ourselves(ask, photo, tmp_path):
    other = tmp_path / "sample-other.jpg"
    other.write_bytes(picture("blue", size=(80, 120)))
    text = tmp_path / "sample-text.jpg"
    text.write_text("no picture")
    made = ask("facts.picture", source=photo, folder=str(tmp_path))
    assert (made["save"], made["page"], made["lost"], len(made["made"])) == (None, None, [], 1)
    none = ask("facts.picture", source=str(text), folder=str(tmp_path))
    assert (none["save"], none["page"], none["made"]) == (None, None, [])
    costs = ask("facts.page_costs", source=photo, rows=3)
    assert costs["again"] == costs["restarted"] == {"queries": 0, "storage": {}}
    rolled_back = ask("facts.rolled_back", source=photo, other=str(other))
    assert (rolled_back["raised"], rolled_back["same"], rolled_back["left"]) == (None, True, 0)
    replaced = ask("facts.replaced", source=photo, other=str(other))
    assert (replaced["left_by_replacing"], replaced["left_by_deleting"]) == (0, 0)
    changed = ask("facts.changed_size", source=photo)
    assert changed["update"] is None
    assert ask("facts.command", app="advthumb", source=photo)["made"] == 1
