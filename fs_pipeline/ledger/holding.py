"""Quarters that a rerun leaves alone until somebody says otherwise: published, and only definitions have changed.

What was published is quoted. A late delivery may move it without a question, a new release of this package may not.
"""

from __future__ import annotations

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.ledger.explaining import EXPLAINED
from fs_pipeline.ledger.freshness import Freshness, reasons
from fs_pipeline.ledger.keeping import Edition, Kept
from fs_pipeline.ledger.look import Look, Place
from fs_pipeline.ledger.status import Status

PUBLISHED = "exports/published_workbook"
_OF_DATA = ("delivery", "setting", "its delivery", "input reference/")
"""How reasons begin that are none of a definition."""


def held_quarters(status: Status) -> list[Quarter]:
    """The quarters with something stale whose public workbook was written, and where only definitions have changed.

    It does not matter how far an earlier rerun came: what counts is whether the deliveries and settings that the latest
    edition of the figures was made from are those that are there now.
    """
    return [
        quarter
        for quarter in status.quarters_run()
        if status.look.record(PUBLISHED, quarter) and _by_definition_alone(status, quarter)
    ]


def _by_definition_alone(status: Status, quarter: Quarter) -> bool:
    look = status.look
    moving = [table for table in status.to_rerun(quarter) if status.freshness(table, quarter) is not Freshness.MISSING]
    if not moving or any(why.startswith(_OF_DATA) for table in moving for why in reasons(look, table, quarter)):
        return False
    kept = Kept(look.state.kept)
    latest = [editions[-1] for table in EXPLAINED if (editions := kept.editions(table, quarter))]
    return all(_is_of_what_is_there(look, edition) for edition in latest)


def _is_of_what_is_there(look: Look, edition: Edition) -> bool:
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
