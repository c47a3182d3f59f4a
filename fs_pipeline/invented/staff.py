"""The teams and their workers, by number. What the workers carry is in `workforce`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fs_pipeline.arithmetic.columns import Positions

FS_TEAMS = (
    "Family Safeguarding North",
    "Family Safeguarding East",
    "Family Safeguarding South",
    "Family Safeguarding West",
)
OTHER_TEAMS = (
    "Assessment Team",
    "Children in Need East",
    "Children in Need West",
    "Children With Disabilities",
    "Looked After Children",
)
TEAMS = FS_TEAMS + OTHER_TEAMS
ASSESSMENT, CIN_EAST, CIN_WEST, CWD, LOOKED_AFTER = range(len(FS_TEAMS), len(TEAMS))

DISCIPLINES = ("social_work", "substance_misuse", "mental_health", "domestic_abuse")
SOCIAL_WORK, SUBSTANCE, MENTAL_HEALTH, DOMESTIC_ABUSE = range(len(DISCIPLINES))


@dataclass(frozen=True)
class Staff:
    """How many workers each team has: of each FS team, by discipline, and of each other team."""

    social_workers: int
    adult_workers: int
    others: int

    @classmethod
    def of(cls, families: int) -> Staff:
        """As many as so many FS families need."""
        return cls(max(3, families // 60), max(1, families // 250), max(3, families // 40))

    @property
    def fs_team(self) -> int:
        """Workers of one FS team."""
        return self.social_workers + 3 * self.adult_workers

    def workers(self, team: Positions, discipline: Positions, which: Positions) -> Positions:
        """Worker numbers, from 1: the `which`-th (round and round) of a team and, in an FS team, a discipline."""
        of_team = np.where(
            discipline == SOCIAL_WORK,
            which % self.social_workers,
            self.social_workers + (discipline - 1) * self.adult_workers + which % self.adult_workers,
        )
        fs = team < len(FS_TEAMS)
        other = len(FS_TEAMS) * self.fs_team + (team - len(FS_TEAMS)) * self.others + which % self.others
        return 1 + np.where(fs, team * self.fs_team + of_team, other)

    def fs_workers(self) -> tuple[Positions, Positions, Positions]:
        """Number, team and discipline of every worker of the FS teams."""
        numbers = np.arange(len(FS_TEAMS) * self.fs_team)
        within = numbers % self.fs_team
        adult = 1 + (within - self.social_workers) // self.adult_workers
        return 1 + numbers, numbers // self.fs_team, np.where(within < self.social_workers, SOCIAL_WORK, adult)
