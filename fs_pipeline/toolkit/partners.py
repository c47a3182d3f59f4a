"""The partners that hold data on the roster's people: on whom, and by which identifiers they may be told of them."""

from __future__ import annotations

from dataclasses import dataclass

from fs_pipeline.toolkit.extracts import EXTRACTS, Extract
from fs_pipeline.toolkit.sheets import sheet

IDENTIFIERS = ("person_id", "upn", "date_of_birth", "sex")
"""What a partner may be told of a person at all."""
RETURN_PACK = "fs_pipeline_return_pack"
"""The document property that marks a return pack; its value names the columns that were filled in before."""


@dataclass(frozen=True)
class Partner:
    """A supplier that is no case management system.

    Attributes:
        supplier: its name in the contract.
        people: on whom it holds data: `everyone` on the roster, `children`, `pupils` (with a UPN), `adults`, `nobody`.
        identifiers: which identifiers it is sent, unless the programme says otherwise.
    """

    supplier: str
    people: str
    identifiers: tuple[str, ...]

    @property
    def extracts(self) -> tuple[Extract, ...]:
        """Its extracts, in the contract's order."""
        return tuple(extract for extract in EXTRACTS.values() if extract.supplier == self.supplier)


PARTNERS: dict[str, Partner] = {
    row["supplier"]: Partner(row["supplier"], row["people"], tuple(filter(None, row["identifiers"].split(";"))))
    for row in sheet("partners")
}
"""Every partner by name, in the contract's order."""
