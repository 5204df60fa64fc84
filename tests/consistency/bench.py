"""What every step of the state machine needs: rows and files, transactions, and a check of it all."""

from contextlib import ExitStack, suppress
from typing import Any, ClassVar

from django.db import models, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from .hands import Hand  # noqa: TC001 - instances of it are made
from .pictures import NOT_A_PICTURE, no_files, upload
from .scenes import Undo
from .storages import BucketStorage, Fault
from .world import Allowed, World, in_transaction

SLOTS = st.integers(0, 3)
NUMBERS = st.integers(0, 7)
POINTS = (None, (0, 0), (0.5, 0.5), (1, 1))
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


class Bench(RuleBasedStateMachine):
    """Rows of one model, and four instances of them."""

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

    def fault(self, what: tuple[str, int] | None) -> Fault:
        """Return which call of the storage is to fail: its name and its number. None means no call."""
        call, when = what or ("save", 0)
        return Fault(self.world.storage, call, when=when)

    def upload(self, kind: str = "upload", name: int = 0) -> Any:
        """Return a file for a source, in a colour that no other file has."""
        self.count += 1
        unique = not name or isinstance(self.world.source_storage, BucketStorage)
        file = upload(self.count, f"{self.count}.png" if unique else FEW_NAMES[name % 2])
        if kind == "bad":
            file.file.seek(0)
            file.file.truncate()
            file.file.write(NOT_A_PICTURE)
            file.size = len(NOT_A_PICTURE)
        return file

    def stored_name(self, number: int) -> str:
        """Return the name of a source that is in storage; 0 gives one that no row has ever had."""
        if number == 0 or not self.stored:
            self.count += 1
            path = f"{self.world.images}/{self.count}.png"
            self.stored.append(self.world.source_storage.save(path, upload(self.count)))
        return self.stored[number - 1 if number else -1] if number <= len(self.stored) else self.stored[-1]

    def pk(self, number: int) -> int | None:
        """Return the key of one of the rows, or None if there are none."""
        keys = list(self.world.rows())
        return keys[number % len(keys)] if keys else None

    def look(self) -> None:
        """Compare rows and files with what must be true after each step."""
        committed = not in_transaction()
        # A file that cannot be recognised as ours is never deleted.
        self.may_leave(not self.knows_everything())
        wrong = self.world.check(committed=committed)
        assert not wrong, "\n".join(wrong)
        for values in self.world.model._base_manager.values(
            "pk", "image", *self.world.names, *self.world.records, *self.world.points
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
        """Return whether the source of every thumbnail can still be determined."""
        return self.world.tells_by_name or not self.cache_lost

    def put_right(self, *keys: int | None) -> None:
        """Note that these rows must be right again."""
        if self.knows_everything():
            self.world.allowed.excused -= set(keys)

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
        """Commit the innermost transaction or savepoint."""
        self._end(commit=True)
        self.look()

    @precondition(lambda self: self.open)
    @rule()
    def roll_back(self) -> None:
        """Roll the innermost one back; the instances do not notice."""
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
