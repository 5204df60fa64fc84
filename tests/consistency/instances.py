"""Steps that make instances of rows, and change them without a save."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from .bench import MOST_ROWS, NUMBERS, POINTS, SLOTS, Bench
from .hands import COPIED, LOADED, Hand, by_hand, duplicate, load


class Instances(Bench):
    """Four instances of any rows: fresh, stale, deferred, copied, unpickled or built by hand."""

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
        """Load an instance of a row and keep it."""
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
        """Make an instance from values that one or two rows once held."""
        pk, values = self.history[-1 - source % len(self.history)]
        _pk, others = self.history[-1 - (thumbnails or 0) % len(self.history)]
        values = {name: values[name] for name in ("image", *self.world.points)} | {
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
        """Give an instance another source, or remove its source."""
        if hand := self.hands.get(slot):
            source = {
                "clear": lambda: None,
                "stored": lambda: self.stored_name(name),
            }.get(what, lambda: self.upload(what, name))()
            # An instance that gets back the name it was loaded with looks unchanged.
            hand.pending = "" if what == "stored" and source == hand.base else what
            hand.row.image = source

    @precondition(lambda self: self.world.points)
    @rule(slot=SLOTS, point=st.sampled_from(POINTS))
    def move_point(self, slot: int, point: tuple[float, float] | None) -> None:
        """Give an instance another focal point, or remove it."""
        if hand := self.hands.get(slot):
            for name in self.world.points:
                setattr(hand.row, name, point)

    @rule(slot=SLOTS, number=NUMBERS)
    def drop_thumbnail(self, slot: int, number: int) -> None:
        """Remove the thumbnail of an instance."""
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
            hand.base = hand.knows("image")
        if number in (0, 2):
            hand.dropped = False
        row = self.world.rows()[hand.pk]
        hand.sound = hand.agrees_with(row, self.world.names) and self.world.is_right(row, complete=True)
