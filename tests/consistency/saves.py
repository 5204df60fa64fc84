"""Steps that save, and what must be true afterwards."""

from contextlib import ExitStack, suppress
from typing import NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from . import nesting
from .bench import FAULTS, NUMBERS, SLOTS
from .hands import Hand
from .instances import Instances
from .world import Row, in_transaction


class Before(NamedTuple):
    """The state before a save, and what the save is about to write."""

    row: Row | None
    fresh: bool
    thumbnails: set[str]
    written: set[str]
    in_step: bool


class Saves(Instances):
    """Saves of whole instances and of some columns."""

    # Saves

    @rule(
        slot=SLOTS,
        only=st.none() | st.sets(st.sampled_from(["title", "image", "one", "all", "record", "point"])),
        nested=st.sampled_from(["", "", "", *nesting.KINDS]),
        fault=st.none() | st.none() | FAULTS,
    )
    def save(self, slot: int, only: set[str] | None, nested: str, fault: tuple[str, int] | None) -> None:
        """Save an instance, whole or in part, perhaps with a nested save or on a failing storage."""
        if hand := self.hands.get(slot):
            self._save(hand, self._columns(only), nested, fault)
            self.look()

    def _columns(self, only: set[str] | None) -> list[str] | None:
        if only is None:
            return None
        columns = only & {"title", "image"}
        thumbnails = self.world.names if "all" in only else self.world.names[: "one" in only]
        records = [name for name, _ in zip(self.world.records, thumbnails, strict=False)]
        points = self.world.points if "point" in only else ()
        return sorted({*columns, *thumbnails, *(records if "record" in only else ()), *points})

    def _save(
        self, hand: Hand, columns: list[str] | None, nested: str = "", fault: tuple[str, int] | None = None
    ) -> None:
        """Save, and check the result.

        Args:
            hand: The instance.
            columns: The `update_fields` for Django.
            nested: What a receiver of `pre_save` saves during this save (see `nesting`).
            fault: The call of the storage that fails: its name and its number.
        """
        hand.row.title = hand.row.__dict__.get("title", "") + "."
        before = self._before(hand, columns, nested)
        with self.fault(fault) as failing, nesting.receiver(self, nested):
            try:
                with transaction.atomic() if in_transaction() else ExitStack():
                    hand.row.save(update_fields=columns)
            except (DatabaseError, ObjectDoesNotExist, ValueError):
                # SQLite gives the key of a rolled-back row to the next row, which has another code.
                assert before.row is None or self._code_is_taken(hand), "a save of an existing row raised"
                self.may_leave(leaves=True)
                return
        if columns == []:
            assert self.world.row(hand.pk) == before.row
            return
        self._judge_columns(hand, before, nested)
        self._judge_pictures(hand, before, nested=bool(nested), failed=failing.happened)

    def _code_is_taken(self, hand: Hand) -> bool:
        """Return whether another row already has the unique code of an instance."""
        return bool(self.model._base_manager.filter(code=hand.row.code).exclude(pk=hand.pk).exists())

    def _before(self, hand: Hand, columns: list[str] | None, nested: str) -> Before:
        row = self.world.row(hand.pk)
        # A receiver that writes the row through another instance makes this one stale.
        fresh = row is not None and nested != "another instance" and hand.agrees_with(row, self.world.names)
        in_step = row is not None and self.world.crops_agree(hand.pk) and self.world.knows_points(hand.row)
        return Before(row, fresh, self.world.thumbnails(), hand.writes(columns), in_step)

    def _judge_columns(self, hand: Hand, before: Before, nested: str) -> None:
        """Fail if the row has a source that was not saved, or if other columns changed."""
        world = self.world
        after = world.row(hand.pk)
        assert after is not None
        carried = "image" in before.written
        if carried:
            assert after.source == hand.knows("image"), "the row's source is not the one that was saved"
        elif not nested:
            assert after.source == before.row.source, "the row's source changed"
        if before.written & {"image", *world.names, *world.points}:
            if "image" not in hand.row.__dict__ or not (carried or before.written >= set(world.names)):
                return  # A save leaves alone what it does not know or does not write.
            if world.tells_by_name or hand.pending in ("upload", "clear"):
                world.allowed.excused.discard(hand.pk)
            self.put_right(hand.pk)
        elif not nested:
            assert after == before.row, "a save unrelated to pictures changed their names"

    def _judge_pictures(self, hand: Hand, before: Before, *, nested: bool, failed: bool) -> None:
        """Fail if a new source has no thumbnails, or if an ordinary save made some."""
        world = self.world
        after = world.row(hand.pk)
        everything = before.written >= set(world.names)
        made = "image" in before.written and hand.pending in ("upload", "stored") and not failed
        self.may_leave(failed or not (made or before.fresh or before.row is None))
        if made and world.shows(after.source):
            assert world.is_right(after, complete=True), f"a new source got {after}"
            if everything and (before.row is None or after.source != before.row.source):
                assert hand.agrees_with(after, world.names), f"the instance does not show {after}"
        if before.fresh and before.written & {*world.points} and not nested and not failed:
            assert world.crops_agree(hand.pk), f"the crop did not follow its focal point: {after}"
        ordinary = (
            before.fresh
            and before.in_step
            and hand.sound
            and not (hand.pending or hand.dropped or hand.row._state.adding)
        )
        if ordinary and not nested and not failed:
            assert after.thumbnails == before.row.thumbnails, "an ordinary save changed a thumbnail"
            assert world.thumbnails() == before.thumbnails, "an ordinary save rendered"
        if "image" in before.written:
            hand.pending = ""
            hand.base = after.source
        if everything:
            hand.dropped = False
            hand.sound = hand.agrees_with(after, world.names) and world.is_right(after, complete=True)

    @rule(slot=SLOTS, number=NUMBERS, name=NUMBERS, kind=st.sampled_from(["upload", "stored", "clear", ""]))
    def refused(self, slot: int, number: int, name: int, kind: str) -> None:
        """Make a save that the database refuses; then, perhaps, save the same instance again."""
        hand = self.hands.get(slot)
        taken = self.model._base_manager.exclude(code=None).exclude(pk=hand and hand.pk)
        code = taken.order_by("pk").values_list("code", flat=True).first()
        if not hand or code is None or hand.pk not in self.world.rows():
            return
        if kind:
            self.assign(slot, kind, name)
        usual, hand.row.code = hand.row.code, code
        with (
            suppress(IntegrityError),
            transaction.atomic() if number % 2 or in_transaction() else ExitStack(),
        ):
            hand.row.save()
            raise AssertionError("the database took a code twice")
        hand.row.code = usual
        self.may_leave(leaves=True)
        self.look()
        if number > 3:
            self._save(hand, None)
            # No row supersedes what the refused save stored.
            self.may_leave(leaves=True)
            self.look()
