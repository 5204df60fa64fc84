"""A state machine that changes rows as projects do, and checks after each step what must be true.

It uses no private name of the package, only models, querysets, commands and storages.
`bench.py` has what all steps need, `instances.py` and `saves.py` the steps for single rows, and this file
the steps for many rows.
"""

from contextlib import suppress
from io import StringIO
from typing import Any

from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, models
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from advthumb import refresh_thumbnails

from .bench import FAULTS, MOST_ROWS, NUMBERS, POINTS, SLOTS
from .saves import Saves


class Machine(Saves):
    """Rows of one model, and everything that can be done to them."""

    # Many rows at once

    @precondition(lambda self: not self.model._meta.parents and self.model._base_manager.count() < MOST_ROWS)
    @rule(
        kinds=st.lists(
            st.sampled_from(["upload", "upload", "stored", "none", "bad", "same"]), min_size=1, max_size=2
        ),
        number=NUMBERS,
    )
    def bulk_create(self, kinds: list[str], number: int) -> None:
        """Create several rows."""
        before = self.world.rows()
        self.model._base_manager.bulk_create([self._unsaved(kind, number) for kind in kinds])
        for pk, row in self.world.rows().items():
            if pk not in before and set(kinds) == {"upload"}:
                assert self.world.is_right(row, complete=True), f"bulk_create gave {row}"
                assert self.world.crops_agree(pk), f"bulk_create cropped around another point: {row}"
        self.look()

    def _unsaved(self, kind: str, number: int) -> models.Model:
        row = self.model(code=f"bulk {self.count} {number}")
        self.count += 1
        for name in self.world.points:
            setattr(row, name, POINTS[number % len(POINTS)])
        if kind == "same":
            pk = self.pk(number)
            if pk is not None and pk not in self.world.allowed.excused:
                other = self.model._base_manager.get(pk=pk)
                for name in ("image", *self.world.names, *self.world.records, *self.world.points):
                    setattr(row, name, getattr(getattr(other, name), "name", getattr(other, name)))
        elif kind == "stored":
            row.image = self.stored_name(number)
        elif kind != "none":
            row.image = self.upload(kind, number)
        return row

    @precondition(lambda self: not self.model._meta.parents and self.model._base_manager.count() < MOST_ROWS)
    @rule(
        kind=st.sampled_from(["upload", "stored", "none"]),
        update=st.sampled_from(["", "title", "image", "everything"]),
        number=NUMBERS,
        also=st.booleans(),
    )
    def bulk_create_over(self, kind: str, update: str, number: int, also: bool) -> None:
        """Create rows, one of which exists already: it stays as it is, or some of its columns are updated."""
        pk = self.pk(number)
        before = self.world.row(pk)
        code = self.model._base_manager.filter(pk=pk).values_list("code", flat=True).first()
        if code is None or before is None:
            return
        new = self._unsaved(kind, number)
        new.code = code
        rows = [new, self._unsaved("upload", number)] if also else [new]
        options: dict[str, Any] = {"ignore_conflicts": True}
        if update:
            everything = ["image", *self.world.names, *self.world.records, *self.world.points]
            columns = {"everything": everything}.get(update, [update])
            options = {"update_conflicts": True, "update_fields": columns}
            if connection.features.supports_update_conflicts_with_target:
                options["unique_fields"] = ["code"]
        self.may_leave(leaves=True)
        self.model._base_manager.bulk_create(rows, **options)
        after = self.world.row(pk)
        if update in ("", "title"):
            assert after == before
        else:
            assert after.source == (new.image.name or "")
            if after.source != before.source:  # The same source leaves everything as it is.
                self.put_right(pk)
        self.look()

    @rule(
        number=NUMBERS,
        name=NUMBERS,
        how=st.sampled_from(["update", "bulk_update", "bulk_update title", "forget"]),
    )
    def behind_its_back(self, number: int, name: int, how: str) -> None:
        """Write a source without a save: the row's thumbnail may be wrong until it is checked."""
        pk = self.pk(number)
        if pk is None:
            return
        rows = self.model._base_manager.filter(pk=pk)
        if how == "forget":
            self.may_leave(leaves=True)
            rows.update(**dict.fromkeys(self.world.names, ""))
        elif how == "bulk_update title":
            row = rows.get()
            row.title = "bulk"
            rows.bulk_update([row], ["title"])
        else:
            source = self.stored_name(name)
            if how == "update":
                rows.update(image=source)
            else:
                row = rows.get()
                row.image = source
                rows.bulk_update([row], ["image"])
            self.world.allowed.excused.add(pk)
        self.look()

    @precondition(lambda self: self.world.points)
    @rule(number=NUMBERS, point=st.sampled_from(POINTS))
    def move_point_behind_its_back(self, number: int, point: tuple[float, float] | None) -> None:
        """Move the focal point of a row without a save: the row keeps its crop until it is checked."""
        rows = self.model._base_manager.filter(pk=self.pk(number))
        before = self.world.rows()
        rows.update(**dict.fromkeys(self.world.points, point))
        assert self.world.rows() == before
        self.look()

    @rule(number=NUMBERS, everything=st.booleans())
    def refresh_thumbnails(self, number: int, everything: bool) -> None:
        """Have the thumbnails of a queryset checked."""
        rows = (
            self.model._base_manager.all()
            if everything
            else self.model._base_manager.filter(pk=self.pk(number))
        )
        keys = list(rows.values_list("pk", flat=True))
        refresh_thumbnails(rows)
        self._made_right(keys)

    def _made_right(self, keys: list[int], *, crops: bool = True) -> None:
        self.put_right(*keys)
        rows = self.world.rows()
        for pk in keys:
            if pk not in self.world.allowed.excused:
                assert self.world.is_right(rows[pk], complete=True), f"row {pk} was not corrected: {rows[pk]}"
                assert not crops or self.world.crops_agree(pk), f"row {pk} has an old crop: {rows[pk]}"
        self.look()

    # Deletion

    @rule(slot=SLOTS)
    def delete(self, slot: int) -> None:
        """Delete the row of an instance."""
        hand = self.hands.get(slot)
        row = self.world.row(hand.row.pk) if hand else None
        if row is not None:
            self.may_leave(not hand.agrees_with(row, self.world.names))
            hand.row.delete()
            hand.sound = False
            self.look()

    @rule(number=NUMBERS)
    def delete_rows(self, number: int) -> None:
        """Delete through a queryset."""
        self.model._base_manager.filter(pk=self.pk(number)).delete()
        self.look()

    # Commands

    @precondition(lambda self: not self.open)
    @rule(
        name=st.sampled_from(["generate_thumbnails", "regenerate_thumbnails", "sync_thumbnails"]),
        force=st.booleans(),
        fault=st.none() | st.none() | FAULTS,
    )
    def command(self, name: str, force: bool, fault: tuple[str, int] | None) -> None:
        """Run one of the commands that create thumbnails."""
        words = ["--force"] if force else []
        options = {"model": self.model._meta.label, "workers": 1, "verbosity": 0, "stdout": StringIO()}
        with self.fault(fault) as failing, suppress(CommandError):  # A bad picture makes the exit code 1.
            call_command(name, *words, **options | {"stderr": StringIO()})
        self.may_leave(failing.happened)
        rows = self.world.rows()
        if failing.happened:
            self.look()
        elif name == "sync_thumbnails" or force:
            self._made_right(list(rows))
        elif name == "generate_thumbnails":
            self._made_right([pk for pk in rows if pk not in self.world.allowed.excused], crops=False)
        else:
            self.put_right(*rows)
            self.look()

    @precondition(lambda self: not self.open)
    @rule()
    def prune(self) -> None:
        """Delete the files that no row names."""
        words = ["--older-than", "0s", "--delete", "--model", self.model._meta.label]
        call_command("prune_thumbnails", *words, stdout=StringIO())
        if not self.world.renames:
            left = self.world.unused()
            assert not left, f"prune_thumbnails left {left}"
        self.look()

    @rule()
    def lose_the_cache(self) -> None:
        """Empty the cache."""
        cache.clear()
        self.cache_lost = True
