"""The decisions Z01 to Z31: where the toolkit is silent, contradicts itself or repeats a code."""

from __future__ import annotations

from dataclasses import dataclass

from fs_pipeline.toolkit.parameters import PARAMETERS
from fs_pipeline.toolkit.sheets import sheet


@dataclass(frozen=True)
class Decision:
    """A decision: its number, the fields or figures that it touches, what the toolkit says, what was decided."""

    decision: str
    touches: str
    toolkit_says: str
    decided: str

    def __post_init__(self) -> None:
        """Fills the parameters into what was decided."""
        object.__setattr__(self, "decided", PARAMETERS.fill(self.decided))


DECISIONS: dict[str, Decision] = {row["decision"]: Decision(**row) for row in sheet("decisions")}
