"""A state machine that does to rows what projects do, and compares each step with what must be true.

It knows no private name of the package: models, querysets, commands and storages are all that it uses.
"""

from contextlib import ExitStack, suppress
from io import StringIO
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.core.management import CommandError, call_command, get_commands
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from advthumb import refresh_thumbnails

from . import nesting
from .hands import COPIED, LOADED, Hand, by_hand, duplicate, load
from .pictures import NOT_A_PICTURE, no_files, upload
from .storages import Fault
from .world import Allowed, World, in_transaction

SLOTS = st.integers(0, 3)
NUMBERS = st.integers(0, 7)
FEW_NAMES = ("a.png", "b.png")
MOST_ROWS = 5
FAULTS = st.sampled_from(
    [
        ("save", 1),
        ("save", 2),
        ("delete", 1),
        ("delete", 2),
        ("exists", 1),
        ("size", 1),
        ("open", 1),
        ("get_modified_time", 1),
    ]
)


class Undo(Exception):
    """Rolls a transaction back."""


class Machine(RuleBasedStateMachine):
    """Rows of one model, four instances in hand, and everything that can be done to them."""

    model: ClassVar[type[models.Model]]

    def __init__(self) -> None:
        super().__init__()
        while self.model._base_manager.exists():
            for one in (self.model, *self.model._meta.get_parent_list()):
                one._base_manager.all()._raw_delete("default")
        no_files()
        self.world = World(self.model)
        self.hands: dict[int, Hand] = {}
        self.stored: list[str] = []
        self.history: list[tuple[int, dict[str, str]]] = []
        self.open: list[tuple[ExitStack, Allowed]] = []
        self.count = 0
        self.cache_lost = False

    def teardown(self) -> None:
        while self.open:
            self._end(commit=False)

    # What every step needs

    def upload(self, kind: str = "upload", name: int = 0) -> Any:
        """Return a file for a source, of a colour that no other has."""
        self.count += 1
        unique = not name or type(self.world.source_storage).__name__ == "BucketStorage"
        file = upload(self.count, f"{self.count}.png" if unique else FEW_NAMES[name % 2])
        if kind == "bad":
            file.file.seek(0)
            file.file.truncate()
            file.file.write(NOT_A_PICTURE)
            file.size = len(NOT_A_PICTURE)
        return file

    def stored_name(self, number: int) -> str:
        """Return the name of a source that is in storage; with 0, of one that no row ever had."""
        if number == 0 or not self.stored:
            self.count += 1
            path = f"{self.world.images}/{self.count}.png"
            self.stored.append(self.world.source_storage.save(path, upload(self.count)))
        return self.stored[number - 1 if number else -1] if number <= len(self.stored) else self.stored[-1]

    def pk(self, number: int) -> int | None:
        """Return the key of one of the rows, None if there are none."""
        keys = list(self.world.rows())
        return keys[number % len(keys)] if keys else None

    def look(self) -> None:
        """Compare rows and files with what must be true after each step."""
        committed = not in_transaction()
        # Of a file that nobody can tell was ours, nothing is deleted.
        self.may_leave(not self.knows_everything())
        wrong = self.world.check(committed=committed)
        assert not wrong, "\n".join(wrong)
        for values in self.world.model._base_manager.values(
            "pk", "image", *self.world.names, *self.world.records
        ):
            entry = (values.pop("pk"), {name: value or "" for name, value in values.items()})
            if entry not in self.history:
                self.history = [*self.history[-11:], entry]
            if entry[1]["image"] and entry[1]["image"] not in self.stored:
                self.stored = [*self.stored[-5:], entry[1]["image"]]

    def may_leave(self, leaves: object) -> None:
        """Note whether this step may leave files behind that no row names."""
        self.world.allowed.leaving |= bool(leaves)

    def knows_everything(self) -> bool:
        """Return whether it can still be told of every thumbnail what it was made of."""
        return self.world.tells_by_name or not self.cache_lost

    def put_right(self, *keys: int | None) -> None:
        """Note that rows have no excuse any more."""
        if self.knows_everything():
            self.world.allowed.excused -= set(keys)

    # Rows and instances

    @initialize()
    def two_rows(self) -> None:
        for slot in (0, 1):
            self.create(slot, "upload", 1)

    @precondition(lambda self: self.model._base_manager.count() < MOST_ROWS)
    @rule(slot=SLOTS, kind=st.sampled_from(["upload", "upload", "bad", "stored", "none"]), name=NUMBERS)
    def create(self, slot: int, kind: str, name: int) -> None:
        """Save a new row."""
        row = self.model(code=f"code {self.count}")
        hand = self.hands[slot] = Hand(row)
        if kind != "none":
            self.assign(slot, kind, name)
        self._save(hand, None)

    @rule(slot=SLOTS, number=NUMBERS, how=st.sampled_from(LOADED))
    def load(self, slot: int, number: int, how: str) -> None:
        """Take an instance of a row into the hand."""
        if (pk := self.pk(number)) is not None:
            self.hands[slot] = load(self.world, pk, how)

    @rule(slot=SLOTS, to=SLOTS, how=st.sampled_from(COPIED), as_new=st.booleans())
    def duplicate(self, slot: int, to: int, how: str, as_new: bool) -> None:
        """Copy an instance."""
        hand = self.hands.get(slot)
        if hand and hand.pending not in ("upload", "bad") and "id" in hand.row.__dict__:
            as_new = as_new and not hand.row.get_deferred_fields()
            self.hands[to] = duplicate(hand, how, as_new=as_new)

    @precondition(lambda self: self.history)
    @rule(slot=SLOTS, source=NUMBERS, thumbnails=st.none() | NUMBERS, adding=st.booleans())
    def build_by_hand(self, slot: int, source: int, thumbnails: int | None, adding: bool) -> None:
        """Make an instance of what a row, or two rows, held at some time."""
        pk, values = self.history[-1 - source % len(self.history)]
        _pk, others = self.history[-1 - (thumbnails or 0) % len(self.history)]
        values = {"image": values["image"]} | {
            name: "" if thumbnails is None else others[name]
            for name in (*self.world.names, *self.world.records)
        }
        self.hands[slot] = by_hand(self.world, pk, values, adding=adding)

    @rule(
        slot=SLOTS,
        what=st.sampled_from(["upload", "upload", "bad", "stored", "stored", "clear"]),
        name=NUMBERS,
    )
    def assign(self, slot: int, what: str, name: int) -> None:
        """Give an instance another source, or none."""
        if hand := self.hands.get(slot):
            source = {
                "clear": lambda: None,
                "stored": lambda: self.stored_name(name),
            }.get(what, lambda: self.upload(what, name))()
            if what != "stored" or source != hand.knows("image"):
                hand.pending = what
            hand.row.image = source

    @rule(slot=SLOTS, number=NUMBERS)
    def drop_thumbnail(self, slot: int, number: int) -> None:
        """Take the thumbnail of an instance away."""
        if hand := self.hands.get(slot):
            hand.dropped = True
            setattr(hand.row, self.world.names[number % len(self.world.names)], None)

    @rule(slot=SLOTS, number=st.integers(0, 3))
    def refresh_from_db(self, slot: int, number: int) -> None:
        """Load an instance again, or a part of it."""
        hand = self.hands.get(slot)
        if not hand or hand.row.pk not in self.world.rows():
            return
        fields = (None, ["image"], self.world.names, ["title"])[number]
        hand.row.refresh_from_db(fields=fields)
        if number in (0, 1):
            hand.pending = ""
        if number in (0, 2):
            hand.dropped = False
        row = self.world.rows()[hand.row.pk]
        hand.sound = hand.agrees_with(row, self.world.names) and self.world.is_right(row, complete=True)

    # Saves

    @rule(
        slot=SLOTS,
        only=st.none() | st.sets(st.sampled_from(["title", "image", "one", "all", "record"])),
        nested=st.sampled_from(["", "", "", *nesting.KINDS]),
        fault=st.none() | st.none() | FAULTS,
    )
    def save(self, slot: int, only: set[str] | None, nested: str, fault: tuple[str, int] | None) -> None:
        """Save an instance, whole or in part, perhaps with another save inside, perhaps on a failing storage."""
        if hand := self.hands.get(slot):
            self._save(hand, self._columns(only), nested, fault)
            self.look()

    def _columns(self, only: set[str] | None) -> list[str] | None:
        if only is None:
            return None
        columns = only & {"title", "image"}
        thumbnails = self.world.names if "all" in only else self.world.names[: "one" in only]
        records = [name for name, _ in zip(self.world.records, thumbnails, strict=False)]
        return sorted({*columns, *thumbnails, *(records if "record" in only else ())})

    def _save(
        self, hand: Hand, columns: list[str] | None, nested: str = "", fault: tuple[str, int] | None = None
    ) -> None:
        world, row = self.world, hand.row
        before = world.row(row.pk)
        # A receiver that writes the row by another instance makes this one stale.
        fresh = before is not None and nested != "another instance" and hand.agrees_with(before, world.names)
        stored = world.thumbnails()
        written = hand.writes(columns)
        carried = "image" in written
        hand.row.title = hand.row.__dict__.get("title", "") + "."
        with ExitStack() as stack:
            failing = stack.enter_context(Fault(world.storage, fault[0], when=fault[1])) if fault else None
            stack.enter_context(nesting.receiver(self, nested))
            try:
                with transaction.atomic() if in_transaction() else ExitStack():
                    row.save(update_fields=columns)
            except (DatabaseError, ObjectDoesNotExist, ValueError):
                assert before is None, "a save of a row that is there raised"
                self.may_leave(leaves=True)
                return
        failed = bool(failing and failing.happened)
        made = carried and hand.pending in ("upload", "stored") and not failed
        after = world.row(row.pk)
        if columns == []:
            assert after == before
            return
        assert after is not None
        covers = carried or set(world.names) & written
        if carried:
            assert after.source == hand.knows("image"), "the row has another source than was saved"
        elif not nested:
            assert after.source == before.source, "the row's source changed"
        if covers:
            if world.tells_by_name or hand.pending in ("upload", "clear"):
                world.allowed.excused.discard(row.pk)
            self.put_right(row.pk)
        elif not nested:
            assert after == before, "a save that has nothing to do with pictures changed their names"
        self.may_leave(failed or not (made or fresh or before is None))
        if made and world.shows(after.source):
            assert world.is_right(after, complete=True), f"a new source got {after}"
            if written >= set(world.names) and (before is None or after.source != before.source):
                assert hand.agrees_with(after, world.names), f"the instance does not say {after}"
        if (
            fresh
            and not nested
            and not failed
            and not hand.pending
            and hand.sound
            and not hand.row._state.adding
        ):
            assert after.thumbnails == before.thumbnails, "an ordinary save changed a thumbnail"
            assert world.thumbnails() == stored, "an ordinary save rendered"
        if carried:
            hand.pending = ""
        if set(world.names) <= written:
            hand.dropped = False
            hand.sound = hand.agrees_with(after, world.names) and world.is_right(after, complete=True)

    @rule(slot=SLOTS, number=NUMBERS, name=NUMBERS, kind=st.sampled_from(["upload", "stored", "clear", ""]))
    def refused(self, slot: int, number: int, name: int, kind: str) -> None:
        """Save what the database refuses; then, perhaps, the same instance again."""
        hand = self.hands.get(slot)
        taken = self.model._base_manager.exclude(code=None).exclude(pk=hand and hand.row.pk)
        code = taken.order_by("pk").values_list("code", flat=True).first()
        if not hand or code is None or hand.row.pk not in self.world.rows():
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
            # What the refused save stored is superseded by nobody's row.
            self.may_leave(leaves=True)
            self.look()

    # Transactions

    @precondition(lambda self: len(self.open) < 2)
    @rule()
    def begin(self) -> None:
        """Open a transaction, or a savepoint in one."""
        stack = ExitStack()
        stack.enter_context(transaction.atomic())
        self.open.append((stack, self.world.allowed.copy()))

    @precondition(lambda self: self.open)
    @rule()
    def commit(self) -> None:
        """Commit the innermost."""
        self._end(commit=True)
        self.look()

    @precondition(lambda self: self.open)
    @rule()
    def roll_back(self) -> None:
        """Roll the innermost back; the instances know nothing of it."""
        self._end(commit=False)
        self.look()

    def _end(self, *, commit: bool) -> None:
        stack, allowed = self.open.pop()
        if commit:
            stack.close()
            return
        with suppress(Undo), stack:
            raise Undo
        allowed.leaving |= self.world.allowed.leaving or self.world.renames
        self.world.allowed = allowed

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
        self.look()

    def _unsaved(self, kind: str, number: int) -> models.Model:
        row = self.model(code=f"bulk {self.count} {number}")
        self.count += 1
        if kind == "same":
            pk = self.pk(number)
            if pk is not None and pk not in self.world.allowed.excused:
                other = self.model._base_manager.get(pk=pk)
                for name in ("image", *self.world.names, *self.world.records):
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
        """Create rows of which one is there already: it is left as it is, or takes some of the new columns."""
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
            columns = {"everything": ["image", *self.world.names, *self.world.records]}.get(update, [update])
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
            self.put_right(pk)
        self.look()

    @rule(
        number=NUMBERS,
        name=NUMBERS,
        how=st.sampled_from(["update", "bulk_update", "bulk_update title", "forget"]),
    )
    def behind_its_back(self, number: int, name: int, how: str) -> None:
        """Write a source as no save does: what the row shows is excused until somebody looks."""
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

    @rule(number=NUMBERS, everything=st.booleans())
    def refresh_thumbnails(self, number: int, everything: bool) -> None:
        """Have the thumbnails of a queryset looked at."""
        rows = (
            self.model._base_manager.all()
            if everything
            else self.model._base_manager.filter(pk=self.pk(number))
        )
        keys = list(rows.values_list("pk", flat=True))
        done = refresh_thumbnails(rows)
        if hasattr(done, "__next__"):
            list(done)
        self._made_right(keys)

    def _made_right(self, keys: list[int]) -> None:
        self.put_right(*keys)
        rows = self.world.rows()
        for pk in keys:
            if pk not in self.world.allowed.excused:
                assert self.world.is_right(rows[pk], complete=True), f"row {pk} was not put right: {rows[pk]}"
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
        """Run one of the commands that make thumbnails."""
        if name not in get_commands():
            return
        words = ["--force"] if force else []
        with ExitStack() as stack:
            failing = (
                stack.enter_context(Fault(self.world.storage, fault[0], when=fault[1])) if fault else None
            )
            try:
                call_command(
                    name, *words, model=self.model._meta.label, workers=1, verbosity=0, stdout=StringIO()
                )
            except CommandError:
                # A picture that cannot be read makes the exit code 1.
                pass
        self.may_leave(failing and failing.happened)
        rows = self.world.rows()
        if failing and failing.happened:
            self.look()
        elif name == "sync_thumbnails" or force:
            self._made_right(list(rows))
        elif name == "generate_thumbnails":
            self._made_right([pk for pk in rows if pk not in self.world.allowed.excused])
        else:
            self.put_right(*rows)
            self.look()

    @precondition(lambda self: not self.open)
    @rule()
    def prune(self) -> None:
        """Delete what no row names."""
        call_command(
            "prune_thumbnails",
            "--older-than",
            "0s",
            "--delete",
            model=self.model._meta.label,
            stdout=StringIO(),
        )
        if not self.world.renames:
            left = self.world.unused()
            assert not left, f"prune_thumbnails left {left}"
        self.look()

    @rule()
    def lose_the_cache(self) -> None:
        """Empty the cache."""
        from django.core.cache import cache

        cache.clear()
        self.cache_lost = True
