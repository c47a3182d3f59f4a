"""Where a quarter's figures come from, as the exports tell it: deliveries, settings, code, run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fs_pipeline.arithmetic.quarters import Quarter
from fs_pipeline.toolkit.extracts import Extract


@dataclass(frozen=True)
class Source:
    """An extract's quarter, as it was last run.

    Attributes:
        extract: the extract.
        quarter: the quarter that it was delivered for.
        supplied: whether it was.
        file: the delivered file; blank when there was none.
        version: hash of the file.
        delivered: when the file was last written, ISO and UTC.
        counts: rows delivered, used, rejected and so on.
        rejected: rows left out, by rule.
        findings: rows that are used but look wrong, by rule.
        links: how well all people of its source were linked by names, by measure; empty when they were not.
    """

    extract: Extract
    quarter: Quarter
    supplied: bool
    file: str = ""
    version: str = ""
    delivered: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Provenance:
    """What an export was made from.

    Attributes:
        authority: the authority's name.
        quarter: the quarter.
        sources: every extract that was read, of every quarter up to this one.
        settings: the programme's settings, in words.
        tables: the output tables that were read, with the version of their data.
        code_version: the version of the code that made the export.
        run: the Dagster run.
        environment: the release, commit and libraries that it was made with.
    """

    authority: str
    quarter: Quarter
    sources: tuple[Source, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    code_version: str = ""
    run: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def outside(self, keyed: Callable[..., str]) -> Provenance:
        """What of it leaves the council: of a delivery no file, day or number of rows, and no version but under a key.

        Whoever guesses a small file could tell by them whether it is the one. Whether rows were used, and whether some
        were left out, stays: 1 or 0.

        Args:
            keyed: gives the version under a key of what it is a version of, its quarter, and the version without one.
        """

        def version(name: str, quarter: Quarter, of: str) -> str:
            return keyed(name, quarter.key, of) if of else ""

        return Provenance(
            authority=self.authority,
            quarter=self.quarter,
            sources=tuple(
                Source(
                    each.extract,
                    each.quarter,
                    each.supplied,
                    version=version(each.extract.extract, each.quarter, each.version),
                    counts={name: min(rows, 1) for name, rows in each.counts.items() if name in ("used", "rejected")},
                )
                for each in self.sources
            ),
            settings=self.settings,
            tables={name: version(name, self.quarter, of) for name, of in self.tables.items()},
            code_version=self.code_version,
            run=self.run,
            environment=self.environment,
        )

    def of_quarter(self) -> list[Source]:
        """The extracts of this quarter."""
        return [source for source in self.sources if source.quarter == self.quarter]
