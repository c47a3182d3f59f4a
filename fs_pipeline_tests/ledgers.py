"""The toolkit's catalogue, and ledgers of it, for tests."""

from __future__ import annotations

from fs_pipeline.ledger.family_safeguarding import family_safeguarding
from fs_pipeline.ledger.look import Ledger
from fs_pipeline.store.state import State

CATALOGUE = family_safeguarding()
RECEIVED = CATALOGUE.received
BY_TABLE = CATALOGUE.made
CALCULATIONS = tuple(each for each in CATALOGUE.calculations if each.group != "exports" and not each.reads_receipts)
"""The calculations of the extracts' rows: neither exports nor what is made of receipts."""


def ledger_of(state: State) -> Ledger:
    """The toolkit's ledger of a state folder."""
    return Ledger(state, CATALOGUE)
