"""What an edition of the figures changed against the one before it, and which delivery, setting or definition did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.catalogue import Catalogue
from fs_pipeline.ledger.changes import changed_figures
from fs_pipeline.ledger.environment import differences, made_by
from fs_pipeline.ledger.keeping import Edition, Kept, figures_in
from fs_pipeline.ledger.look import NOT_SUPPLIED, Ledger, Place, short
from fs_pipeline.store.data_versions import comparable
from fs_pipeline.store.lake import Record

EXPLAINED = ("outputs/indicator_values", "outputs/before_after")
"""The figures of which every edition is kept, so that they can be explained."""
_BY_PERIOD = {"baseline": "indicators/twelve_months_before", "follow_up": "indicators/twelve_months_after"}


@dataclass(frozen=True)
class Cause:
    """Something that changed: `data`, `setting` or `definition`; where; and what it was and is."""

    kind: str
    where: str
    before: str
    now: str


@dataclass(frozen=True)
class Change:
    """A figure that changed: its key, what it was and is, and the causes by their place in the list."""

    figure: Mapping[str, object]
    before: str
    now: str
    causes: tuple[int, ...]


@dataclass(frozen=True)
class Explained:
    """What an edition changed."""

    table: str
    words: str
    changes: tuple[Change, ...] = ()
    causes: tuple[Cause, ...] = ()


def explain_table(
    ledger: Ledger, table: str, quarter: Quarter, indicator: int | None = None, edition: int | None = None
) -> Explained:
    """What an edition (the latest) of a table's quarter changed against the one before it.

    A cause of a figure is a delivery, a setting or the code of a calculation that differs between the two editions,
    and from which a way of changed tables leads to the figure.
    """
    kept, catalogue = Kept(ledger.state.kept), ledger.catalogue
    editions = kept.editions(table, quarter)
    if not editions:
        return Explained(table, "has not been run")
    number = edition or len(editions)
    if number > len(editions):
        return Explained(table, f"has {len(editions)} editions, no {number}")
    if number == 1:
        return Explained(table, f"run once, {_named(editions[0])}: nothing to compare with")
    before, now = editions[number - 2], editions[number - 1]
    walk = _Walk(kept, catalogue, before, now)
    causes: list[Cause] = []
    changes = []
    both = (figures_in(edition.figures) for edition in (before, now))
    for figure, was, became in changed_figures(catalogue.tables[table], *both):
        if indicator is not None and figure["indicator"] != indicator:
            continue
        of_table = walk.causes_in(before.record, now.record, table)
        if table == "outputs/indicator_values":
            number, period = int(str(figure["indicator"])), str(figure["period"])
            source = _BY_PERIOD.get(period) or catalogue.indicators[number].table.name
            of_table = walk.causes_of(f"{source}/{quarter.key}", before.record, now.record)
        causes += [cause for cause in of_table if cause not in causes]
        changes.append(Change(figure, was, became, tuple(causes.index(cause) + 1 for cause in of_table)))
    words = f"{_named(before)} -> {_named(now)}: "
    words += f"{len(changes)} figures changed" if changes else "no figure changed"
    if others := differences(before.environment, now.environment):
        words += f" (made in another environment, which is no cause: {', '.join(others)})"
    return Explained(table, words, tuple(changes), tuple(causes))


def _named(edition: Edition) -> str:
    return f"edition {edition.number} of {edition.made}, {made_by(edition.environment)}"


class _Walk:
    """Walks from a table back to what changed, along tables whose data changed."""

    def __init__(self, kept: Kept, catalogue: Catalogue, before: Edition, now: Edition) -> None:
        self._kept = kept
        self._received = catalogue.received
        self._before = before.made_from
        self._now = now.made_from
        self._releases = made_by(before.environment), made_by(now.environment)
        self._known: dict[tuple[str, str, str], list[Cause]] = {}

    def causes_of(self, name: str, before: Record, now: Record) -> list[Cause]:
        """Why the input of that name changed, of two records that read it."""
        was, became = before.origin.inputs.get(name, NOT_SUPPLIED), now.origin.inputs.get(name, NOT_SUPPLIED)
        if was == became:
            return []
        if (name, was, became) not in self._known:
            self._known[name, was, became] = self._causes_between(name, was, became)
        return self._known[name, was, became]

    def _causes_between(self, name: str, was: str, became: str) -> list[Cause]:
        old, new = self._before.get(f"{name}@{was}"), self._now.get(f"{name}@{became}")
        place = Place.parse(name)
        if new is None or (old is None and place.table not in self._received):
            return [Cause("data", f"{place.table} {place.quarter.label}", short(was), short(became))]
        if old is None:
            old = Record(
                NOT_SUPPLIED, new.origin.__class__(new.origin.code_version, new.origin.settings, new.origin.inputs)
            )
        return self.causes_in(old, new, place.table, place)

    def causes_in(self, old: Record, new: Record, table: str, place: Place | None = None) -> list[Cause]:
        """Why a table changed from one record to the other."""
        made, now = old.origin, new.origin
        causes = []
        if place and table in self._received and made.delivery != now.delivery:
            where = f"{self._received[table].extract} {place.quarter.label}"
            causes.append(Cause("data", where, self._told(place, made.delivery), self._told(place, now.delivery)))
        if not comparable(made.code_version, now.code_version):
            causes.append(Cause("definition", "versions of another form, not compared", *self._releases))
        elif made.code_version != now.code_version:
            causes.append(Cause("definition", table, made.code_version, now.code_version))
        same_code = made.code_version == now.code_version  # else a setting or input may be one that it has anew
        for name in sorted({*made.settings, *now.settings} if same_code else made.settings.keys() & now.settings):
            was, became = made.settings.get(name), now.settings.get(name)
            if was != became:
                causes.append(Cause("setting", name, str(was), str(became)))
        for name in sorted({*made.inputs, *now.inputs} if same_code else made.inputs.keys() & now.inputs):
            causes += [cause for cause in self.causes_of(name, old, new) if cause not in causes]
        return causes

    def _told(self, place: Place, version: str) -> str:
        """A delivery as people are told of it: short hash, and when it was delivered."""
        if not version:
            return short(version)
        known = self._kept.delivery(self._received[place.table].extract, place.quarter, version)
        return f"{short(version)}, delivered {known.delivered}" if known else short(version)
