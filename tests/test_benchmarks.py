"""The benchmarks run: each task of a worker process, once and small. Nothing is timed here."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from advthumb.core.formats import EXOTIC_FORMATS
from advthumb.core.sniffing import sniff
from advthumb.cpus import available_cpus
from advthumb.engines import advice, registry
from tests.conftest import picture

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
DUE = ["failed", "made", "due", "gone", "cleared"]


pytestmark = pytest.mark.usefixtures("modules")


@pytest.fixture
def modules(monkeypatch):
    """Let tests import the modules of the benchmarks."""
    monkeypatch.syspath_prepend(BENCHMARKS)


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photos") / "photo.jpg"
    path.write_bytes(picture(size=(120, 80)))
    return str(path)


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return a function that runs a task in one of our worker processes."""
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
    assert ask("encoding.encode_set", source=photo, effort="fast")["seconds"] > 0


def test_similarity_matches_its_definition():
    """Computed window by window, and 1 for identical pictures."""
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
    image = ask("saving.image", source=photo, rows=2)
    assert (image["queries"], image["storage"]) == (0, {})
    assert image["seconds"] > 0
    picture = ask("saving.picture", source=photo, rows=2)
    assert (picture["queries"], picture["storage"]) == (0, {})
    assert len(ask("profiling.save", source=photo, rows=2)["parts"]) == 4


@pytest.mark.parametrize("files", [False, True])
def test_tables_without_pending_work_are_measured(ask, photo, files):
    """All thumbnails are fresh, by name or by checking the files."""
    ask("filling.fill", kind="Single", sources=[photo], rows=1)  # empties the table and leaves one row
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


def test_uploads(ask, photo):
    assert {"JPEG", "PNG"} <= set(ask("uploading.reads")["reads"])
    assert ask("uploading.render", sources=[photo, photo], times=2)["seconds"] > 0
    [made] = ask("uploading.show", source=photo)["made"]
    assert sniff(Path(made).read_bytes()) == "PNG"


def test_each_exotic_format_and_each_preview_engine_has_a_file():
    from contenders import PREVIEWS
    from harness.recipes import RECIPES

    formats = {recipe.format for recipe in RECIPES.values()}
    assert formats >= EXOTIC_FORMATS
    assert set(PREVIEWS) == set(registry.PREVIEWS)
    readers = {alias for image_format in formats for alias in advice.READ_BY.get(image_format, ())}
    assert readers >= set(PREVIEWS)


@pytest.mark.parametrize("number", range(29))
def test_each_file_has_the_format_that_it_is_made_for(number):
    from harness.recipes import RECIPES, scene

    assert len(RECIPES) == 29
    recipe = [*RECIPES.values()][number]
    assert sniff(recipe.written(scene((256, 256)))) == recipe.format


def test_a_first_use_reports_its_time_and_the_memory_of_the_process(photo):
    options = {"engine": "pillow", "sealed": True}
    reference = {"BACKEND": "advthumb.engines.isolation.IsolatedEngine", "OPTIONS": options}
    command = [sys.executable, "first_use.py", json.dumps(reference), photo]
    said = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=True).stdout
    answer = json.loads(said)
    assert answer["seconds"] > 0
    assert answer["memory"] > answer["own"] > 1


def test_a_table_on_a_slow_storage_is_checked_in_each_way():
    command = [sys.executable, "bench_verify.py", "--rows", "60", "--milliseconds", "1"]
    said = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=True).stdout
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in said.splitlines()[2:6]]
    assert [(way, workers, looks, lists) for way, workers, _, _, looks, lists in rows] == [
        ("each file", "1", "120", "0"),
        ("each file", "8", "120", "0"),
        ("listings", "1", "0", "1"),
        ("listings", "8", "0", "1"),
    ]
    assert "8 workers are" in said


class Recording:
    """Stands in for a worker: records its tasks, and pretends to take two seconds for each."""

    def __init__(self, contender):
        self.contender = contender
        self.asked = []

    def ask(self, task, **arguments):
        self.asked.append((task, arguments))
        return {"seconds": 2.0, "peak": 10.0 * len(self.asked)}


@pytest.fixture
def hiring(monkeypatch):
    """Make `bulk_limits` use recording workers; return them by name."""
    import bulk_limits

    workers = {}

    @contextmanager
    def hired(contenders, *_args):
        found = {each.name: Recording(each) for each in contenders}
        workers.update(found)
        yield found

    monkeypatch.setattr(bulk_limits, "hired", hired)
    return workers


@pytest.fixture
def limits(hiring):
    """Return the rows of `bulk_limits`, measured quickly with recording workers."""
    from bulk_limits import limits
    from harness.command import Order
    from harness.results import Report

    order = Order(True, ("pillow", "vips", "imagemagick"), (), Path("pictures"))
    return list(limits(order, Report("bulk", False, facts={})))


def test_bulk_is_measured_with_tuned_and_with_untuned_glibc(hiring, limits):
    options = {
        name: [each["options"] for task, each in worker.asked if "fill" in task]
        for name, worker in hiring.items()
    }
    for engine in ("pillow", "vips"):
        assert options[f"advthumb {engine} --no-malloc-tuning"] == [("--no-malloc-tuning",)] * 2
        assert set(options[f"advthumb {engine}"]) == {()}
    webp, growth = limits[:2]
    assert [claim.measured for claim in webp.claims] == ["1x of untuned"] * 2
    assert {figure.median for figure in growth.figures.values()} == {10}


def test_the_ceiling_is_the_rendering_rate_of_all_processors(hiring, limits):
    from harness.corpus import CAMERAS

    share, processors = limits[-1], available_cpus()
    alone = [worker for name, worker in hiring.items() if "vips, alone" in name]
    assert len(alone) == processors
    assert {task for worker in alone for task, _ in worker.asked} == {"uploading.render"}
    # Each renders as many pictures as the command, all of them in the same time.
    assert share.figures["advthumb vips"].median == pytest.approx(1 / processors)
    assert all(len(each["sources"]) * each["times"] == 8 for _, each in alone[0].asked)
    assert len(CAMERAS) == 4


def row(work, unit="ms", **medians):
    from harness.measuring import Figure
    from harness.results import Row

    return Row(work, unit, {f"advthumb {name}": Figure.of([value]) for name, value in medians.items()})


def report(name, *rows):
    from harness.results import Report

    versions = {"Python": "3", "Django": "5", "Pillow": "13"}
    facts = {"date": "1 May", "commit": "c", "changed_since": False, "versions": versions}
    return Report(name, True, list(rows), facts={**facts, "machine": {"cores": 2, "cpu": "C"}})


def test_docs_say_where_vips_is_faster_and_omit_what_was_not_measured():
    from harness.docs import speed

    text = speed(
        report(
            "render",
            row("12 MP JPEG to 800 px", pillow=150, vips=100),
            row("12 MP JPEG to 300 px", pillow=105, vips=100, imagemagick=120),
            row("12 MP JPEG, shrink_margin=1.5 to 300 px", **{"pillow shrink_margin=1.5": 1}),
            row("fingerprint of a 12 MP JPEG", pillow=1, vips=2),
            row("100 MP JPEG to 300 px: growth of the process", "MiB", pillow=31, vips=38),
        )
    )
    assert "| 12 MP JPEG to 800 px | 150 ms | 100 ms |  | 1.50x |" in text
    assert "growth of the process | 31 MiB | 38 MiB |  |  |" in text
    assert "- faster: 12 MP JPEG to 800 px (1.50x)\n- as fast: 12 MP JPEG to 300 px (1.05x)" in text
    assert not any(word in text for word in ("slower", "shrink_margin", "fingerprint"))
    assert text.endswith("Measured: 1 May, commit c, 2 cores (C), Python 3, Django 5, Pillow 13.")


def test_docs_give_the_cost_of_previews_and_their_processes():
    from harness.docs import FIRST_USE, IDLE_MEMORY, ISOLATION, previews, processes

    memory = row(IDLE_MEMORY, "MiB", pdf=51.2)
    memory.remarks["advthumb pdf"] = "23 of its own"
    measured = report(
        "formats",
        row("PSD, 12 MP, to 300 px", imagemagick=300),
        row("PDF, a page of text, to 300 px", pdf=8.1),
        row(FIRST_USE, "s", imagemagick=0.4, pdf=0.25),
        memory,
        row(ISOLATION, imagemagick=0.5, pdf=0.71),
    )
    text = previews(measured)
    assert f"|  | `pdf` |\n| --- | --- |\n| {FIRST_USE} | 0.25 s |" in text
    assert f"| {IDLE_MEMORY} | 51.2 MiB, 23 of its own |\n| {ISOLATION} | 0.71 ms |" in text
    assert "| PDF, a page of text, to 300 px | 8.1 ms |" in text
    assert "PSD" not in text
    assert processes(measured, {"imagemagick": "M", "vips": "V"}) == "\n".join(
        ["|  | M |", "| --- | --- |", f"| {FIRST_USE} | 0.4 s |", f"| {ISOLATION} | 0.5 ms |"]
    )


def test_the_docs_show_the_published_results():
    from harness.command import NAMES
    from harness.docs import texts
    from harness.results import published
    from harness.table import shown

    written = texts({report.name: report for report in published(NAMES)})
    assert {"speed"} <= {name for _, name, _ in written}
    for path, name, text in written:
        assert shown(path, name) == text, f"{path.name}: run `python3 dev.py bench`"


def test_the_other_pages_show_the_published_results():
    """The README, the security policy and the page of the benchmarks themselves."""
    from bench_memory import security
    from harness import BENCHMARKS, ROOT
    from harness.command import NAMES
    from harness.results import published
    from harness.summary import summary
    from harness.table import shown, texts

    reports = published(NAMES)
    assert shown(ROOT / "README.md", "engines") == summary(reports)
    [memory] = published(["memory"])
    assert shown(ROOT / "SECURITY.md") == security(memory)
    for name, text in texts(reports).items():
        assert shown(BENCHMARKS / "README.md", name) == text


def test_only_text_between_two_markers_is_replaced(tmp_path):
    from harness.table import between_markers, shown

    page, kept = tmp_path / "page.md", "<!-- other: written by benchmarks/run.py -->\n\n<!-- end of other -->"
    empty = "<!-- some: written by benchmarks/run.py --><!-- end of some -->"
    page.write_text(f"before {kept} {empty} after", "utf-8")
    for text in ("old", "new"):
        between_markers(page, text, "some")
    full = empty.replace("--><!--", "-->\n\nnew\n\n<!--")
    assert page.read_text("utf-8") == f"before {kept} {full} after"
    assert shown(page, "some") == "new"
    with pytest.raises(ValueError, match="substring not found"):
        between_markers(page, "text", "none")
    assert "text" not in page.read_text("utf-8")


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
