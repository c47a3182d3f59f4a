"""Quarters that a rerun leaves alone until somebody says otherwise: published, and only definitions have changed.

What was published is quoted. A late delivery may move it without a question, a new release of this package may not.
"""

from __future__ import annotations

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.explaining import EXPLAINED
from fs_pipeline.ledger.freshness import LOST, reasons
from fs_pipeline.ledger.keeping import Edition, Kept
from fs_pipeline.ledger.look import NOT_SUPPLIED, RECEIPTS, Look, Place
from fs_pipeline.ledger.status import Status

PUBLISHED = "exports/published_workbook"
_OF_DATA = ("delivery", "setting", "its delivery", "input reference/")
"""How reasons begin that are none of a definition."""


def held_quarters(status: Status) -> list[Quarter]:
    """The quarters with something stale whose public workbook was written, and where only definitions have changed.

    It does not matter how far an earlier rerun came: what counts is whether the deliveries and settings that the latest
    edition of the figures was made from are those that are there now.
    """
    held, definition = [], False
    for quarter in status.quarters_run():
        why = _reasons(status, quarter)
        definition = definition or any(not _is_damage(status.look, each) for _, each in why)
        of_data = any(
            each.startswith(_OF_DATA) or _was_not_there(status.look, table, quarter, each) for table, each in why
        )
        published = status.look.record(PUBLISHED, quarter) is not None
        if definition and published and not of_data and _is_of_what_is_there(status, quarter):
            held.append(quarter)
    return held


def _reasons(status: Status, quarter: Quarter) -> list[tuple[str, str]]:
    """The stale tables of the quarter, each with a reason why."""
    return [(table, why) for table in status.to_rerun(quarter) for why in reasons(status.look, table, quarter)]


def _was_not_there(look: Look, table: str, quarter: Quarter, why: str) -> bool:
    """Whether a table is stale because one that was not there when it was made is there now: an earlier quarter's."""
    record = look.record(table, quarter)
    return record is not None and record.origin.inputs.get(why.removeprefix("input ")) == NOT_SUPPLIED


def _is_damage(look: Look, why: str) -> bool:
    """Whether a table is stale only because one that it is made from, or what it exported, is not there any more."""
    if why.startswith(LOST):
        return True
    place = Place.parse(why.removeprefix("input ")) if why.startswith("input ") else None
    return bool(place and place.table != RECEIPTS and look.record(place.table, place.quarter) is None)


def _is_of_what_is_there(status: Status, quarter: Quarter) -> bool:
    """Whether something of the quarter is stale, and the figures' deliveries and settings are what they were."""
    if not status.to_rerun(quarter):
        return False
    kept = Kept(status.look.state.kept)
    latest = [editions[-1] for table in EXPLAINED if (editions := kept.editions(table, quarter))]
    return all(_stands(status.look, edition) for edition in latest)


def _stands(look: Look, edition: Edition) -> bool:
    """Whether every delivery and setting that an edition was made from is what it was."""
    for record in (edition.record, *edition.made_from.values()):
        for name, version in record.origin.inputs.items():
            place = Place.parse(name)
            if extract := look.catalogue.received.get(place.table):
                read = edition.made_from.get(f"{name}@{version}")
                if look.delivery(extract, place.quarter) != (read.origin.delivery if read else ""):
                    return False
        for name, value in record.origin.settings.items():
            if name in look.catalogue.settings and value != look.setting(name):
                return False
    return True
