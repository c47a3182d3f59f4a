"""Whether a table is what would be made now, and why not: its record against what it would be made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.code_versions import code_version, version_of
from fs_pipeline.ledger.look import NOT_SUPPLIED, RECEIPTS, Look, Place, short
from fs_pipeline.store.data_versions import comparable
from fs_pipeline.store.lake import Origin
from fs_pipeline.toolkit.extracts import Extract

OLDER_FORM = "definition not known: made up to release 0.7.1, whose versions have another form"
"""Why a table is stale of which nothing else can be said: its versions are not compared with those of today."""


LOST = "lost: "
"""How the reason begins why an export is stale of which nothing has changed but what it made."""


class Freshness(Enum):
    """How a table stands to what a run would make now."""

    FRESH = "fresh"
    """It was made by this code, with these settings, from what its inputs hold now."""
    STALE = "stale"
    """Its code, a setting, its delivery or an input is another one now; or what it exported is lost."""
    WAITING = "waiting"
    """Nothing of that; but something that it comes from is stale, and may change it."""
    MISSING = "missing"
    """It is not there, and should be."""


@cache
def code_of_extract(extract: Extract) -> str:
    """The version of the code that makes an extract's table, with what its own contract says."""
    return version_of(code_version("fs_pipeline.extracts.checks.checking"), extract)


def origin(
    look: Look,
    table: str,
    quarter: Quarter,
    delivery: str | None = NOT_SUPPLIED,
    of_source: Mapping[str, str] | None = None,
) -> Origin:
    """What a table's quarter would be made from now.

    Of an extract that is the hash of its file, and what its source said beside the rows, if it was read from one.
    """
    if extract := look.catalogue.received.get(table):
        return Origin(
            code_of_extract(extract),
            {"required": look.programme.requires(extract, quarter.first_day), **(of_source or {})},
            _versions(look, (Place(quarter, f"extracts/{name}") for name in extract.references)),
            delivery or NOT_SUPPLIED,
        )
    calculation = look.catalogue.made[table]
    inputs = _versions(look, (place for needed in calculation.inputs for place in look.places_read(needed, quarter)))
    if calculation.reads_receipts:
        inputs[str(Place(quarter, RECEIPTS))] = look.receipts(quarter)
    return Origin(calculation.version_in(quarter), look.recorded(calculation), inputs)


def _versions(look: Look, places: Iterable[Place]) -> dict[str, str]:
    return {str(place): look.version(place.table, place.quarter) for place in places}


def reasons(look: Look, table: str, quarter: Quarter) -> Iterator[str]:
    """Why a table's quarter is stale: what of its origin is another one now, in words; nothing when it is not."""
    record = look.record(table, quarter)
    if record is None:
        return
    extract = look.catalogue.received.get(table)
    delivery, of_source = look.delivered(extract, quarter) if extract else (NOT_SUPPLIED, {})
    if delivery is None:
        yield "its delivery cannot be told"
        of_source = {name: str(of) for name, of in record.origin.settings.items() if name != "required"}
    made, now = record.origin, origin(look, table, quarter, delivery, of_source)
    if delivery is not None and made.delivery != now.delivery:
        yield f"delivery {short(made.delivery)} -> {short(now.delivery)}"
    inputs = [name for name in sorted({*made.inputs, *now.inputs}) if made.inputs.get(name) != now.inputs.get(name)]
    told = [name for name in inputs if comparable(made.inputs.get(name, ""), now.inputs.get(name, ""))]
    if len(told) < len(inputs) or not comparable(made.code_version, now.code_version):
        yield OLDER_FORM
    elif made.code_version != now.code_version:
        yield f"definition {made.code_version} -> {now.code_version}"
    for name in sorted({*made.settings, *now.settings}):
        if made.settings.get(name) != now.settings.get(name):
            yield f"setting {name}"
    for name in told:
        yield f"input {name}"
    calculation = look.catalogue.made.get(table)
    if calculation and calculation.group == "exports" and made == now and (what := look.lost(calculation, quarter)):
        yield LOST + what


class Standing:
    """How the tables of a look stand to what a run would make now; each is judged once."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._known: dict[Place, Freshness] = {}

    def of(self, place: Place) -> Freshness:
        """How a table's quarter stands."""
        if place not in self._known:
            self._known[place] = self._judged(place)
        return self._known[place]

    def _judged(self, place: Place) -> Freshness:
        table, quarter = place.table, place.quarter
        if table not in self._look.catalogue.tables:  # made elsewhere
            return Freshness.FRESH
        if self._look.record(table, quarter) is None:
            return Freshness.MISSING
        if any(True for _ in reasons(self._look, table, quarter)):
            return Freshness.STALE
        moving = (Freshness.STALE, Freshness.WAITING)
        inputs = (Place.parse(name) for name in origin(self._look, table, quarter).inputs)
        return Freshness.WAITING if any(self.of(each) in moving for each in inputs) else Freshness.FRESH
